using System.Buffers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using BenchmarkDotNet.Attributes;
using CommunityToolkit.HighPerformance.Buffers;
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
    private SseWriter _writer = null!;

    public static IEnumerable<Corpus> Corpora => [Standard.Command];

    [ParamsSource(nameof(Corpora))]
    public Corpus Corpus { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _data = Encoding.UTF8.GetBytes(Standard.CommandData);
        _items = new RepeatedItems(new SseItem<ReadOnlyMemory<byte>>(_data, "command"), Corpus.Events);
        _output = new ArrayPoolBufferWriter<byte>(2 * FlushBytes);
        _writer = new SseWriter(_output);
    }

    [Benchmark(Baseline = true, Description = Names.Formatter)]
    public Task Formatter() =>
        SseFormatter.WriteAsync(_items, Stream.Null, static (item, output) => output.Write(item.Data.Span));

    [Benchmark(Description = Names.Writer)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Writer()
    {
        for (int item = 0; item < Corpus.Events; item++)
        {
            _writer.WriteEvent(_data, "command"u8);
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
