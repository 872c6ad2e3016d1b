using System.Diagnostics;

namespace Unarr.Agents.Hub.Nats;

/// <summary>The last write of a document, behind which others have waited; its times are those of <see cref="Stopwatch"/>.</summary>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="IsStored">Whether it was stored.</param>
internal readonly record struct LastWrite(long Began, long Ended, bool IsStored)
{
    /// <summary>How long a call has waited for it.</summary>
    public TimeSpan Before(DocumentWrite write)
    {
        long from = Math.Max(Began, write.Since);
        return from < Ended ? Stopwatch.GetElapsedTime(from, Ended) : TimeSpan.Zero;
    }
}
