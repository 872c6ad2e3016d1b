namespace Unarr.Pipelines.Http;

/// <summary>A position in a pool of mirrors. Thread-safe.</summary>
internal sealed class MirrorCursor(MirrorPool pool)
{
    /// <summary>"After 10 min on an alternate, the next connect tries the primary first."</summary>
    private static readonly TimeSpan BackToPrimaryAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private Uri? _alternate;
    private long _alternateSince;

    /// <summary>The mirror in use; the primary when the one that was in use is no longer in the pool.</summary>
    public Uri Current
    {
        get
        {
            lock (_gate)
            {
                IReadOnlyList<Uri> mirrors = pool.Mirrors;
                return mirrors[IndexIn(mirrors)];
            }
        }
    }

    /// <summary>Every mirror once, in the order in which an exchange is to try them.</summary>
    public Uri[] InOrder()
    {
        lock (_gate)
        {
            IReadOnlyList<Uri> mirrors = pool.Mirrors;
            if (_alternate is not null && pool.TimeProvider.GetElapsedTime(_alternateSince) >= BackToPrimaryAfter)
            {
                _alternate = null;
            }

            int current = IndexIn(mirrors);
            return [.. mirrors.Skip(current), .. mirrors.Take(current)];
        }
    }

    /// <summary>Moves on from a mirror that failed, unless somebody has already.</summary>
    public Uri Rotate(Uri failed)
    {
        lock (_gate)
        {
            IReadOnlyList<Uri> mirrors = pool.Mirrors;
            int current = IndexIn(mirrors);
            if (mirrors[current] == failed)
            {
                current = (current + 1) % mirrors.Count;
                _alternate = current == 0 ? null : mirrors[current];
                _alternateSince = pool.TimeProvider.GetTimestamp();
            }

            return mirrors[current];
        }
    }

    private int IndexIn(IReadOnlyList<Uri> mirrors)
    {
        for (int index = 0; index < mirrors.Count; index++)
        {
            if (mirrors[index] == _alternate)
            {
                return index;
            }
        }

        return 0;
    }
}
