using System.Diagnostics;
using System.Globalization;
using Unarr.Agents.Downlink;
using Xunit;
using Xunit.Abstractions;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>
/// What holds on every network: random scripts over the machine. <c>UNARR_FUZZ_FACTOR</c> multiplies how many, and the gate sets it to 5;
/// <c>UNARR_FUZZ_SEED</c> replays one.
/// </summary>
public sealed class NetworkProperties(ITestOutputHelper output)
{
    private const int Scripts = 40_000;

    [Fact]
    public void On_any_network_the_agent_is_soon_covered_again_and_hammers_nobody() =>
        TryMany(Scripts, _ => new DownlinkSettings { AgentId = "a" });

    [Fact]
    public void On_any_network_and_with_any_options_the_agent_is_soon_covered_again_and_hammers_nobody() =>
        TryMany(Scripts / 2, RandomOptions.Of);

    private void TryMany(int many, Func<Random, DownlinkSettings> options)
    {
        if (Environment.GetEnvironmentVariable("UNARR_FUZZ_SEED") is { Length: > 0 } replay)
        {
            Try(int.Parse(replay, CultureInfo.InvariantCulture), options);
            return;
        }

        string? factor = Environment.GetEnvironmentVariable("UNARR_FUZZ_FACTOR");
        int scripts = (int)(many * (string.IsNullOrEmpty(factor) ? 1 : double.Parse(factor, CultureInfo.InvariantCulture)));
        int first = Random.Shared.Next();
        long begun = Stopwatch.GetTimestamp();
        for (int index = 0; index < scripts; index++)
        {
            Try(unchecked(first + index), options);
        }

        output.WriteLine(
            $"{scripts} scripts of {RandomScript.Length.TotalMinutes} minutes, seeds from {first}, " +
            $"in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
    }

    private static void Try(int seed, Func<Random, DownlinkSettings> draw)
    {
        var random = new Random(seed);
        Script script = RandomScript.Of(random);
        DownlinkSettings options = draw(random);
        var simulation = new Simulation(script, options, random.NextDouble, injectsLateInputs: true);
        try
        {
            simulation.Run();
            new NetworkBounds(options).Check(script, simulation);
        }
        catch (Exception exception)
        {
            string reports = string.Join(Environment.NewLine, simulation.Reports.TakeLast(25).Select(
                report => $"  {report.At} {report.Status.State} {report.Status.Route} {report.Status.Reason}"));
            throw new InvalidOperationException(
                $"UNARR_FUZZ_SEED={seed}: {exception.Message}{Environment.NewLine}{options}{Environment.NewLine}" +
                $"{script}{Environment.NewLine}{reports}",
                exception);
        }
    }
}
