using BenchmarkDotNet.Attributes;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>The framer on contiguous memory against the in-box parser on a stream of the same bytes.</summary>
public class FramerBench
{
    private ParserPass _parser = null!;
    private FramerPass _html = null!;
    private FramerPass _agent = null!;

    public static IEnumerable<Corpus> Corpora => Standard.All;

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _parser = new ParserPass(new PassStream(Corpus.Bytes));
        _html = new FramerPass(SseDialect.Html);
        _agent = new FramerPass(SseDialect.Agent);
    }

    [Benchmark(Baseline = true, Description = Names.Parser)]
    public ValueTask<long> Parser() => _parser.ReadAsync(Corpus);

    [Benchmark(Description = Names.FramerHtml)]
    public long Html() => _html.Read(Corpus);

    [Benchmark(Description = Names.FramerAgent)]
    public long Agent() => _agent.Read(Corpus);

    [Benchmark(Description = Names.Count)]
    public int Count() => Corpus.Bytes.Span.Count((byte)'\n');

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _parser.DisposeAsync();
        _html.Dispose();
        _agent.Dispose();
    }
}
