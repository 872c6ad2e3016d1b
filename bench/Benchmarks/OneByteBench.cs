using BenchmarkDotNet.Attributes;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>One byte a read, up to a line just under the bound: the time per byte is to stay the same.</summary>
public class OneByteBench
{
    private ParserPass _parser = null!;
    private ReaderPass _whatWg = null!;
    private ReaderPass _agent = null!;

    public static IEnumerable<Corpus> Corpora => Standard.OneLine;

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _parser = new ParserPass(new PassStream(Corpus.Bytes, atMost: 1));
        _whatWg = new ReaderPass(new PassStream(Corpus.Bytes, atMost: 1), SseDialect.WhatWg);
        _agent = new ReaderPass(new PassStream(Corpus.Bytes, atMost: 1), SseDialect.Agent);
    }

    [Benchmark(Baseline = true, Description = Names.Parser)]
    public ValueTask<long> Parser() => _parser.ReadAsync(Corpus);

    [Benchmark(Description = Names.ReaderWhatWg)]
    public ValueTask<long> WhatWg() => _whatWg.ReadAsync(Corpus);

    [Benchmark(Description = Names.ReaderAgent)]
    public ValueTask<long> Agent() => _agent.ReadAsync(Corpus);

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _parser.DisposeAsync();
        await _whatWg.DisposeAsync();
        await _agent.DisposeAsync();
    }
}
