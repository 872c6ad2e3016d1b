using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Unarr.Agents.Protocol;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>A command's payload to its controls: the protocol's contract, whose strings are pooled,
/// against a generated one as it comes.</summary>
public class DecodeBench
{
    public static IEnumerable<Corpus> Corpora => Standard.Payloads;

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [Benchmark(Baseline = true, Description = Names.PlainContext)]
    public int Plain() => JsonSerializer.Deserialize(Corpus.Bytes.Span, PlainJsonContext.Default.PlainCommand)!.Controls.Count;

    [Benchmark(Description = Names.ProtocolContext)]
    public int Protocol() => JsonSerializer.Deserialize(Corpus.Bytes.Span, ProtocolJson.ControlCommand)!.Controls.Count;
}
