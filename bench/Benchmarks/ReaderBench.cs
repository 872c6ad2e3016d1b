using BenchmarkDotNet.Attributes;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>The reader over a stream against the in-box parser, both on a stream that cuts its reads.</summary>
public class ReaderBench
{
    private ParserPass _parser = null!;
    private ReaderPass _html = null!;
    private ReaderPass _agent = null!;

    public static IEnumerable<Corpus> Corpora => Standard.All;

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [Params(1, 16, 1460, 16384, 65536)]
    public int ReadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _parser = new ParserPass(new PassStream(Corpus.Bytes, ReadBytes));
        _html = new ReaderPass(new PassStream(Corpus.Bytes, ReadBytes), SseDialect.Html);
        _agent = new ReaderPass(new PassStream(Corpus.Bytes, ReadBytes), SseDialect.Agent);
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
