namespace Unarr.Pipelines.Http;

/// <summary>A position in a pool of mirrors. Thread-safe.</summary>
internal sealed class MirrorCursor(MirrorPool pool)
{
    /// <summary>"After 10 min on an alternate, the next connect tries the primary first."</summary>
    private static readonly TimeSpan BackToPrimaryAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Uri, (long Since, TimeSpan For)> _leftAlone = [];
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

    /// <summary>Every mirror once, in the order in which an exchange is to try them; without those that asked to be left alone for a time
    /// that is not over, unless all did.</summary>
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
            Uri[] all = [.. mirrors.Skip(current), .. mirrors.Take(current)];
            Uri[] asked = _leftAlone.Count == 0 ? all : [.. all.Where(mirror => !IsLeftAlone(mirror))];
            return asked.Length > 0 ? asked : all;
        }
    }

    /// <summary>Leaves a mirror alone for the time that it asked for.</summary>
    public void LeaveAlone(Uri mirror, TimeSpan? time)
    {
        if (time is { } asked)
        {
            lock (_gate)
            {
                foreach (Uri gone in _leftAlone.Keys.Except(pool.Mirrors).ToArray())
                {
                    _leftAlone.Remove(gone);
                }

                _leftAlone[mirror] = (pool.TimeProvider.GetTimestamp(), asked);
            }
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

    private bool IsLeftAlone(Uri mirror)
    {
        if (!_leftAlone.TryGetValue(mirror, out (long Since, TimeSpan For) asked))
        {
            return false;
        }

        bool isOver = pool.TimeProvider.GetElapsedTime(asked.Since) >= asked.For;
        if (isOver)
        {
            _leftAlone.Remove(mirror);
        }

        return !isOver;
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
