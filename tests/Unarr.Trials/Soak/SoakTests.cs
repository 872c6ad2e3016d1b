using System.Globalization;
using Unarr.Agents.Downlink;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>Commands without a pause over a path with one fault after the other, and what is left behind by it.</summary>
/// <remarks>
/// <c>UNARR_SOAK_MINUTES=30</c> makes it as long as that; without it 2 minutes in CI, a quarter of a minute elsewhere.
/// <c>UNARR_SOAK_SEED</c> gives the faults of another run once more.
/// </remarks>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
[Collection(nameof(SoakTests))]
public sealed class SoakTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(
        double.TryParse(Environment.GetEnvironmentVariable("UNARR_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes)
            ? minutes
        : Environment.GetEnvironmentVariable("CI") == "true" ? 2 : 0.25);

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable("UNARR_SOAK_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed
            : Random.Shared.Next();

    // Each keeps to another rule: streams and polls in turn, streams whatever happens, one route at a time.
    private static readonly Func<DownlinkSettings, DownlinkSettings>[] Rules =
    [
        options => options,
        options => options with { MaxStreamFailures = int.MaxValue },
        options => options with { Hedging = false, LivenessTimeout = TimeSpan.FromSeconds(3) },
    ];

    [SkippableFact]
    public async Task Commands_over_a_faulty_path_are_applied_once_each_and_nothing_is_left_behind()
    {
        Needs.Linux();
        output.WriteLine($"UNARR_SOAK_SEED={Seed}, {Length}");
        TimeSpan first = Length / 4 < TimeSpan.FromMinutes(1) ? Length / 4 : TimeSpan.FromMinutes(1);
        await using ControlPlaneHost host = new(new ControlPlaneOptions
        {
            Keys = RunningControlPlane.Keys(Rules.Length),
            Heartbeat = TimeSpan.FromSeconds(1),
            WakeHold = TimeSpan.FromSeconds(2),
        });
        await host.StartAsync();
        await using FaultyRelay relay = new(host.BaseAddress, Seed);
        SoakedAgent[] agents =
            [.. Rules.Select((rule, index) => new SoakedAgent($"a{index + 1}", relay.Address, SoakRun.MostCommands(Length), rule))];
        try
        {
            SoakRun run = new(host, relay, agents, Seed);
            await run.FillAsync();
            await run.RunAsync(first);
            Census before = await run.SettleAsync(null);
            output.WriteLine($"after {first}: {before}");
            await run.RunAsync(Length - first);
            Census after = await run.SettleAsync(before);
            output.WriteLine($"at the end: {after}; {run}");
            Assert.True(after.IsNoMoreThan(before), $"Seed {Seed}: {before} became {after}.");
        }
        finally
        {
            await Task.WhenAll(agents.Select(agent => agent.DisposeAsync().AsTask()));
        }

        Assert.All(agents, agent =>
        {
            Assert.Empty(agent.Lost);
            Assert.Empty(agent.AppliedTwice);
            Assert.Empty(agent.NeverPushed);
        });
    }
}
