using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>The agent as a process, attacked on its long-polls and syncs, by some on all that it asks.</summary>
public class AnswerProcessTests(IdleAgent idle, ITestOutputHelper output) : ProcessAttackTests(idle, output)
{
    public static TheoryData<string> HeavyAttacks => new(Attacks.HeavyNames.Where(name => Attacks.Named(name).Endpoints is not ["events"]));

    [SkippableTheory]
    [MemberData(nameof(HeavyAttacks))]
    public Task Agent_under_attack_by_answers_stays_small_backs_off_and_keeps_its_key(string name) => AttackAsync(name);
}
