using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Unarr.Pipelines.Sse;

/// <summary>The last ids of events, by a part of their SHA-256 each: what they cost does not depend on how long they are.</summary>
/// <param name="capacity">How many ids are remembered.</param>
internal sealed class RememberedIds(int capacity)
{
    private readonly HashSet<UInt128> _ids = [];
    private readonly Queue<UInt128> _order = new();

    /// <summary>Remembers an id.</summary>
    /// <returns><see langword="false"/> when it is remembered already.</returns>
    public bool TryAdd(ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, hash);
        UInt128 key = MemoryMarshal.Read<UInt128>(hash);
        if (!_ids.Add(key))
        {
            return false;
        }

        _order.Enqueue(key);
        if (_order.Count > capacity)
        {
            _ids.Remove(_order.Dequeue());
        }

        return true;
    }
}
