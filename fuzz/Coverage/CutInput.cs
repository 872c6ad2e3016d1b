using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>A fuzzer's bytes as an event stream and how it is read: six bytes that say how, the cuts, and the stream.</summary>
internal sealed class CutInput
{
    private const int HeadBytes = 6;
    private const int MaxStreamBytes = 32 * 1024;

    public CutInput(byte[] input)
    {
        byte[] head = [.. input.Take(HeadBytes), .. new byte[Math.Max(HeadBytes - input.Length, 0)]];
        Dialect = (head[0] & 1) == 0 ? SseDialect.Agent : SseDialect.Html;
        Fails = (head[0] & 2) != 0;
        Limits = new Bounds { MaxLineBytes = Bound(head[1]), MaxEventBytes = Bound(head[2]) };
        BufferBytes = head[3] == byte.MaxValue ? 64 * 1024 : 1 + (3 * head[3]);
        int cuts = head[5] % 32;
        Cuts = [.. input.Skip(HeadBytes).Take(cuts).Select(value => new Cut(value))];
        byte[] once = [.. input.Skip(HeadBytes + cuts)];

        // Few bytes are to be enough for a buffer that is filled many times.
        Stream = [.. Enumerable.Repeat(once, 1 + (head[4] % 16)).SelectMany(bytes => bytes).Take(MaxStreamBytes)];
    }

    public SseDialect Dialect { get; }

    /// <summary>Whether the stream ends in an I/O error.</summary>
    public bool Fails { get; }

    public Bounds Limits { get; }

    /// <summary>How large the reader's buffer is.</summary>
    public int BufferBytes { get; }

    /// <summary>The reads, gone through again and again; none is the whole stream in one.</summary>
    public Cut[] Cuts { get; }

    public byte[] Stream { get; }

    public int[] ReadSizes => Cuts.Length == 0 ? [Stream.Length] : [.. Cuts.Select(cut => cut.Bytes)];

    public IEnumerable<ReadOnlyMemory<byte>> Reads => Testing.Framing.Split(Stream, ReadSizes);

    private static int Bound(byte value) => value == byte.MaxValue ? 64 * 1024 : SseReaderOptions.MinBoundBytes + value;
}
