namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>A position in a pool of mirrors: where the last exchange succeeded. Thread-safe.</summary>
internal sealed class MirrorCursor(MirrorPool pool)
{
    /// <summary>"After 10 min on an alternate, the next connect tries the primary first."</summary>
    private static readonly TimeSpan BackToPrimaryAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Uri, (long Since, TimeSpan For)> _leftAlone = [];
    private Uri? _alternate;
    private long _alternateSince;
    private bool _isUntried = true;

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

    /// <summary>Whether the mirror in use has yet to answer: it is in use because another one failed, or because it is the first.</summary>
    public bool IsUntried
    {
        get
        {
            lock (_gate)
            {
                return _isUntried;
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
            if (IsBackToPrimaryDue())
            {
                Move(mirrors, 0);
                // It is asked first, also where a stream has another one to offer.
                _isUntried = false;
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

    /// <summary>A mirror answered: it is the one in use from now on.</summary>
    public void Answered(Uri mirror)
    {
        lock (_gate)
        {
            IReadOnlyList<Uri> mirrors = pool.Mirrors;
            int index = IndexOf(mirrors, mirror);
            if (index >= 0)
            {
                if (index != IndexIn(mirrors))
                {
                    Move(mirrors, index);
                }

                _isUntried = false;
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
            int asked = Asked(mirrors, current);
            if (mirrors[asked] == failed)
            {
                current = IsBackToPrimaryDue() ? 0 : (asked + 1) % mirrors.Count;
                Move(mirrors, current);
            }

            return mirrors[current];
        }
    }

    private void Move(IReadOnlyList<Uri> mirrors, int index)
    {
        _alternate = index == 0 ? null : mirrors[index];
        _alternateSince = pool.TimeProvider.GetTimestamp();
        _isUntried = true;
    }

    private bool IsBackToPrimaryDue() =>
        _alternate is not null && pool.TimeProvider.GetElapsedTime(_alternateSince) >= BackToPrimaryAfter;

    /// <summary>The one that is asked first: those in between have asked to be left alone.</summary>
    private int Asked(IReadOnlyList<Uri> mirrors, int current)
    {
        for (int further = 0; further < mirrors.Count; further++)
        {
            int index = (current + further) % mirrors.Count;
            if (!IsLeftAlone(mirrors[index]))
            {
                return index;
            }
        }

        return current;
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

    private int IndexIn(IReadOnlyList<Uri> mirrors) => _alternate is null ? 0 : Math.Max(IndexOf(mirrors, _alternate), 0);

    private static int IndexOf(IReadOnlyList<Uri> mirrors, Uri mirror)
    {
        for (int index = 0; index < mirrors.Count; index++)
        {
            if (mirrors[index] == mirror)
            {
                return index;
            }
        }

        return -1;
    }
}
