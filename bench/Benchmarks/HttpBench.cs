using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using BenchmarkDotNet.Attributes;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>Command events from Kestrel, in another process, to <see cref="HttpClient"/>: one response of many events.</summary>
public class HttpBench
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private LoopbackServer _server = null!;
    private HttpClient _client = null!;
    private HttpClient _ownClient = null!;

    public static IEnumerable<Corpus> Corpora => [Standard.Command with { Passes = 64 }, Standard.TokenInChunks with { Passes = 16 }];

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _server = new LoopbackServer(Corpus);
        _client = new HttpClient();
        _ownClient = new HttpClient(SseClient.CreateHandler());
    }

    [Benchmark(Description = Names.Floor)]
    public Task<long> Floor() => MeasureAsync(Names.Floor, async stream =>
    {
        long bytes = 0;
        int read;
        while ((read = await stream.ReadAsync(_buffer)) > 0)
        {
            bytes += read;
        }

        return bytes;
    });

    [Benchmark(Baseline = true, Description = Names.Parser)]
    public Task<long> Parser() => MeasureAsync(Names.Parser, static async stream =>
    {
        long dataBytes = 0;
        await foreach (SseItem<int> item in ParserPass.Open(stream))
        {
            dataBytes += item.Data;
        }

        return dataBytes;
    });

    [Benchmark(Description = Names.Reader)]
    public Task<long> Reader() => MeasureAsync(Names.Reader, static stream => ReadAsync(new SseReader(stream)));

    [Benchmark(Description = Names.ReaderOwnHandler)]
    public Task<long> ReaderOwnHandler() =>
        MeasureAsync(Names.ReaderOwnHandler, static stream => ReadAsync(new SseReader(stream)), _ownClient);

    [Benchmark(Description = Names.ReaderOverPipe)]
    public Task<long> ReaderOverPipe() => MeasureAsync(Names.ReaderOverPipe, static stream =>
        ReadAsync(new SseReader(PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes)))));

    [GlobalCleanup]
    public void Cleanup()
    {
        _client.Dispose();
        _ownClient.Dispose();
        _server.Dispose();
    }

    private static async Task<long> ReadAsync(SseReader reader)
    {
        await using (reader)
        {
            long dataBytes = 0;
            while (await reader.WaitToReadAsync())
            {
                while (reader.TryRead(out SseFrame frame))
                {
                    dataBytes += frame.Data.Length;
                }
            }

            return dataBytes;
        }
    }

    private async Task<long> MeasureAsync(string contestant, Func<Stream, Task<long>> read, HttpClient? client = null)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        using HttpResponseMessage response = await (client ?? _client).GetAsync(_server.Events, HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await response.Content.ReadAsStreamAsync();
        long bytes = await read(stream);
        ProcessorTime.Add(contestant, Environment.CpuUsage.TotalTime - before, (long)Corpus.Events * Corpus.Passes);
        return bytes;
    }
}
