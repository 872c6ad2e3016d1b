using System.Buffers;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Holds what a replay writes until the reader has taken it, up to a bound.</summary>
internal sealed class ReplayBuffer(int bound) : IBufferWriter<byte>
{
    private const int LeastBytes = 1024;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    /// <summary>Gives the memory back to its pool.</summary>
    public void Release()
    {
        byte[] bytes = _bytes;
        (_bytes, _length) = ([], 0);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Reserve(int bytes)
    {
        long needed = (long)_length + bytes;
        if (needed > bound)
        {
            throw new InvalidOperationException($"A replay may write {bound} bytes ({nameof(SseBroadcastOptions.MaxReplayBytes)}).");
        }

        if (needed > _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(needed, Math.Max(2L * _length, LeastBytes)), bound));
            Written.CopyTo(larger);
            byte[] smaller = _bytes;
            _bytes = larger;
            if (smaller.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(smaller);
            }
        }
    }
}
