using System.Buffers;
using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using BenchmarkDotNet.Attributes;
using CommunityToolkit.HighPerformance.Buffers;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>
/// Command events into a pooled buffer. The in-box formatter writes to <see cref="Stream.Null"/>, the cheapest stream there is: it pays
/// for its own pooled buffer and for nothing behind it.
/// </summary>
public class WriterBench
{
    private const int FlushBytes = 64 * 1024;

    private byte[] _data = null!;
    private RepeatedItems _items = null!;
    private ArrayPoolBufferWriter<byte> _output = null!;
    private SseWriter _html = null!;
    private SseWriter _agent = null!;
    private PipeWriter _body = null!;
    private SseWriter _toBody = null!;

    public static IEnumerable<Corpus> Corpora => [Standard.Command];

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _data = Encoding.UTF8.GetBytes(Standard.CommandData);
        _items = new RepeatedItems(new SseItem<ReadOnlyMemory<byte>>(_data, "command"), Corpus.Events);
        _output = new ArrayPoolBufferWriter<byte>(2 * FlushBytes);
        _html = new SseWriter(_output);
        _agent = new SseWriter(_output, SseDialect.Agent);
        _body = new DefaultHttpContext { Response = { Body = Stream.Null } }.Response.BodyWriter;
        _toBody = new SseWriter(_body);
    }

    [Benchmark(Baseline = true, Description = Names.Formatter)]
    public Task Formatter() =>
        SseFormatter.WriteAsync(_items, Stream.Null, static (item, output) => output.Write(item.Data.Span));

    [Benchmark(Description = Names.WriterHtml)]
    public int Html() => Write(_html);

    [Benchmark(Description = Names.WriterAgent)]
    public int Agent() => Write(_agent);

    /// <summary>Into the response's own pipe, which is flushed as often.</summary>
    [Benchmark(Description = Names.WriterToBody)]
    public async Task Body()
    {
        for (int item = 0; item < Corpus.Events; item++)
        {
            _toBody.WriteEvent(_data, "command"u8);
            if (_body.UnflushedBytes >= FlushBytes)
            {
                await _body.FlushAsync().ConfigureAwait(false);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Write(SseWriter writer)
    {
        for (int item = 0; item < Corpus.Events; item++)
        {
            writer.WriteEvent(_data, "command"u8);
            if (_output.WrittenCount >= FlushBytes)
            {
                _output.Clear();
            }
        }

        return _output.WrittenCount;
    }

    [GlobalCleanup]
    public void Cleanup() => _output.Dispose();
}
