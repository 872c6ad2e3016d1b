using BenchmarkDotNet.Attributes;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>One byte a read, up to a line just under the bound: the time per byte is to stay the same.</summary>
public class OneByteBench
{
    private ParserPass _parser = null!;
    private ReaderPass _html = null!;
    private ReaderPass _agent = null!;

    public static IEnumerable<Corpus> Corpora => Standard.OneLine;

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _parser = new ParserPass(new PassStream(Corpus.Bytes, atMost: 1));
        _html = new ReaderPass(new PassStream(Corpus.Bytes, atMost: 1), SseDialect.Html);
        _agent = new ReaderPass(new PassStream(Corpus.Bytes, atMost: 1), SseDialect.Agent);
    }

    [Benchmark(Baseline = true, Description = Names.Parser)]
    public ValueTask<long> Parser() => _parser.ReadAsync(Corpus);

    [Benchmark(Description = Names.ReaderHtml)]
    public ValueTask<long> Html() => _html.ReadAsync(Corpus);

    [Benchmark(Description = Names.ReaderAgent)]
    public ValueTask<long> Agent() => _agent.ReadAsync(Corpus);

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _parser.DisposeAsync();
        await _html.DisposeAsync();
        await _agent.DisposeAsync();
    }
}
