using System.Diagnostics;
using System.Globalization;
using Unarr.EndToEnd.Tests.Nats;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>Three nodes over three servers under load, and what may happen to them.</summary>
/// <remarks>
/// The soak has all troubles at random: <c>UNARR_FLEET_MINUTES=30</c> makes it as long as that, without it 2 minutes in CI and half a
/// minute elsewhere; <c>UNARR_FLEET_SEED</c> repeats a run. <c>UNARR_FLEET_TABLE=1</c> also has each trouble by itself, at its full length.
/// </remarks>
[CollectionDefinition(nameof(FleetTroubleTests), DisableParallelization = true)]
[Collection(nameof(FleetTroubleTests))]
public sealed class FleetTroubleTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(
        double.TryParse(Environment.GetEnvironmentVariable("UNARR_FLEET_MINUTES"), CultureInfo.InvariantCulture, out double minutes)
            ? minutes
        : Environment.GetEnvironmentVariable("CI") == "true" ? 2 : 0.5);

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable("UNARR_FLEET_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed
            : Random.Shared.Next();

    [SkippableTheory]
    [InlineData(Trouble.NodeKilled, 5)]
    [InlineData(Trouble.LeaderKilled, 10)]
    [InlineData(Trouble.LeaderPaused, 12)]
    [InlineData(Trouble.AllRestarted, 0)]
    [InlineData(Trouble.RollingLameDuck, 9)]
    [InlineData(Trouble.NodeCut, 30)]
    [InlineData(Trouble.NodeUnheard, 30)]
    [InlineData(Trouble.NodeDeaf, 30)]
    [InlineData(Trouble.ReplicaWiped, 5)]
    public async Task Trouble_loses_and_doubles_nothing(Trouble trouble, int seconds)
    {
        Needs.Program(NatsServer.Program);
        Skip.If(Environment.GetEnvironmentVariable("UNARR_FLEET_TABLE") != "1", "UNARR_FLEET_TABLE=1 runs it.");
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(3));
        await using FleetModel model = await FleetModel.StartAsync(agents: 200, Seed, deadline.Token);
        await Task.Delay(TimeSpan.FromSeconds(3), deadline.Token);

        await Troubles.MakeAsync(model, trouble, TimeSpan.FromSeconds(seconds), Seed & 0xFFFF, deadline.Token);

        output.WriteLine($"{trouble}, UNARR_FLEET_SEED={Seed}: {await model.JudgeAsync(deadline.Token)}");
    }

    [SkippableFact]
    public async Task Troubles_at_random_lose_and_double_nothing()
    {
        Needs.Program(NatsServer.Program);
        output.WriteLine($"UNARR_FLEET_SEED={Seed}, {Length}");
        Random random = new(Seed);
        using CancellationTokenSource deadline = new(Length + TimeSpan.FromMinutes(2));
        await using FleetModel model = await FleetModel.StartAsync(agents: 200, Seed, deadline.Token);
        long start = Stopwatch.GetTimestamp();
        Trouble[] all = Enum.GetValues<Trouble>();
        while (Stopwatch.GetElapsedTime(start) < Length)
        {
            random.Shuffle(all);
            foreach (Trouble trouble in all.TakeWhile(_ => Stopwatch.GetElapsedTime(start) < Length))
            {
                output.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {trouble}");
                TimeSpan length = TimeSpan.FromSeconds(1 + random.Next(5));
                await Troubles.MakeAsync(model, trouble, length, random.Next(3), deadline.Token);
                await Task.Delay(TimeSpan.FromSeconds(2 + random.Next(3)), deadline.Token);
            }
        }

        output.WriteLine(await model.JudgeAsync(deadline.Token));
    }
}
