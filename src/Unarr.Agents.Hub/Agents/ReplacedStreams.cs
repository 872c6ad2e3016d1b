namespace Unarr.Agents.Hub.Agents;

/// <summary>Notices that two agents use one key: each one's stream ends the other's, again and again. Not thread-safe.</summary>
/// <remarks>One agent on a bad path replaces its own stream too, but waits longer between two attempts the more of them fail.</remarks>
internal sealed class ReplacedStreams(TimeProvider time)
{
    private const int Suspicious = 5;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    private readonly Queue<long> _replaced = new();
    private long? _told;

    /// <summary>A stream took the place of one that was open.</summary>
    /// <returns>Whether it is to be said now: five times within a minute, once an hour.</returns>
    public bool Note()
    {
        long now = time.GetTimestamp();
        _replaced.Enqueue(now);
        while (time.GetElapsedTime(_replaced.Peek(), now) > Window)
        {
            _replaced.Dequeue();
        }

        if (_replaced.Count < Suspicious || (_told is { } told && time.GetElapsedTime(told, now) < Quiet))
        {
            return false;
        }

        _told = now;
        _replaced.Clear();
        return true;
    }
}
