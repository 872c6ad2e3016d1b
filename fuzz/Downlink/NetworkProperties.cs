using System.Diagnostics;
using System.Globalization;
using Unarr.Agents.Downlink;
using Xunit;
using Xunit.Abstractions;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>
/// What holds on every network: random scripts over the machine. <c>UNARR_FUZZ_FACTOR</c> multiplies how many; <c>UNARR_FUZZ_SEED</c>
/// replays one.
/// </summary>
public sealed class NetworkProperties(ITestOutputHelper output)
{
    private const int Scripts = 200_000;

    [Fact]
    public void On_any_network_the_agent_is_soon_covered_again_and_hammers_nobody()
    {
        if (Environment.GetEnvironmentVariable("UNARR_FUZZ_SEED") is { Length: > 0 } replay)
        {
            Try(int.Parse(replay, CultureInfo.InvariantCulture));
            return;
        }

        string? factor = Environment.GetEnvironmentVariable("UNARR_FUZZ_FACTOR");
        int scripts = (int)(Scripts * (string.IsNullOrEmpty(factor) ? 1 : double.Parse(factor, CultureInfo.InvariantCulture)));
        int first = Random.Shared.Next();
        long begun = Stopwatch.GetTimestamp();
        for (int index = 0; index < scripts; index++)
        {
            Try(unchecked(first + index));
        }

        output.WriteLine($"{scripts} scripts of {RandomScript.Length.TotalMinutes} minutes, seeds from {first}, in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
    }

    private static void Try(int seed)
    {
        var random = new Random(seed);
        Script script = RandomScript.Of(random);
        var simulation = new Simulation(script, new DownlinkOptions { AgentId = "a" }, random.NextDouble, injectsLateInputs: true);
        try
        {
            simulation.Run();
            NetworkBounds.Check(script, simulation);
        }
        catch (Exception exception)
        {
            string reports = string.Join(Environment.NewLine, simulation.Reports.TakeLast(25).Select(report => $"  {report.At} {report.Status.State} {report.Status.Route} {report.Status.Reason}"));
            throw new InvalidOperationException(
                $"UNARR_FUZZ_SEED={seed}: {exception.Message}{Environment.NewLine}{script}{Environment.NewLine}{reports}", exception);
        }
    }
}
