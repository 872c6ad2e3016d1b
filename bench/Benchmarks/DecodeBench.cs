using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Unarr.Agents.Protocol;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>A command's payload to its controls: the protocol's contract against a generated one as it comes,
/// with task ids that are new each time, as most are, and with the same ones again.</summary>
public class DecodeBench
{
    private TaskIds _payload = null!;

    public static IEnumerable<Corpus> Corpora => Standard.Payloads;

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup() => _payload = new TaskIds(Corpus);

    [Benchmark(Baseline = true, Description = Names.PlainContext)]
    public int Plain() => JsonSerializer.Deserialize(_payload.Next(), PlainJsonContext.Default.PlainCommand)!.Controls.Count;

    [Benchmark(Description = Names.ProtocolContext)]
    public int Protocol() => JsonSerializer.Deserialize(_payload.Next(), ProtocolJson.ControlCommand)!.Controls.Count;
}
