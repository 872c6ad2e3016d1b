using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>The agent as a process, attacked on its event stream alone.</summary>
public class StreamProcessTests(IdleAgent idle, ITestOutputHelper output) : ProcessAttackTests(idle, output)
{
    public static TheoryData<string> HeavyAttacks => new(Attacks.HeavyNames.Where(name => Attacks.Named(name).Endpoints is ["events"]));

    [SkippableTheory]
    [MemberData(nameof(HeavyAttacks))]
    public Task Agent_under_attack_by_a_stream_stays_small_backs_off_and_keeps_its_key(string name) => AttackAsync(name);
}
