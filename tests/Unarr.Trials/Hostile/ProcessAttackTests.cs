using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>The attacks that send much or for long, on an agent in a process of its own.</summary>
public abstract class ProcessAttackTests(IdleAgent idle, ITestOutputHelper output) : IClassFixture<IdleAgent>
{
    private const double MiB = 1024 * 1024;
    private const double MoreThanIdle = 16 * MiB;

    protected async Task AttackAsync(string name)
    {
        Needs.Linux();
        Attack attack = Attacks.Named(name);
        await using HostileServer server = new() { IsEndless = true };
        server.Begin(attack);
        await using AttackedAgent agent = new(server.Address);

        long resident = await agent.WatchAsync(IdleAgent.Watched);

        output.WriteLine(
            $"{(resident - idle.ResidentBytes) / MiB:0.0} MiB more than idle ({idle.ResidentBytes / MiB:0.0} MiB), " +
            $"{agent.UserTime.TotalSeconds:0.00} s");
        Assert.InRange(resident - idle.ResidentBytes, double.MinValue, MoreThanIdle);
        int exitCode = await agent.EndAsync();
        AssertBackedOff(server, attack, agent.Age);
        Assert.DoesNotContain(HostileClient.Key, agent.Said, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, exitCode);
    }

    /// <summary>Ten syncs at once are allowed; two attempts or syncs a second are more than the shortest delays allow,
    /// and less than any hammering.</summary>
    private static void AssertBackedOff(HostileServer server, Attack attack, TimeSpan age)
    {
        double most = attack.RequestsAnAttempt * (16 + (2 * age.TotalSeconds));
        Assert.All(["events", "wake", "sync"], endpoint => Assert.InRange(server.Count(endpoint), 0, most));
    }
}
