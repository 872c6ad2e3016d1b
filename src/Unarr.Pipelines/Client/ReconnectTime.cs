using Unarr.Pipelines.Pacing;

namespace Unarr.Pipelines.Sse;

/// <summary>How long a client waits before its next attempt.</summary>
internal static class ReconnectTime
{
    /// <summary>"At least 1 s after an attempt without an event (retry: 0 is no hot loop)."</summary>
    private static readonly TimeSpan LeastWithoutEvent = TimeSpan.FromSeconds(1);

    /// <summary>"retry: sets the base delay, at most 5 min."</summary>
    private static readonly TimeSpan MostTold = TimeSpan.FromMinutes(5);

    /// <summary>No timer waits for longer.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(49);

    /// <summary>Returns the delay.</summary>
    /// <param name="settings">The options.</param>
    /// <param name="told">The reconnection time that the stream sent; <see langword="null"/> when it sent none.</param>
    /// <param name="retryAfter">What the answer asked for; zero when it asked for nothing.</param>
    /// <param name="eventless">How many attempts in a row brought no event.</param>
    /// <param name="broughtEvents">Whether the last attempt brought one.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    public static TimeSpan Of(
        SseClientSettings settings, TimeSpan? told, TimeSpan retryAfter, int eventless, bool broughtEvents, double random)
    {
        if (settings.Strict)
        {
            return Least(told ?? settings.ReconnectDelay, LongestWait);
        }

        TimeSpan asked = Least(told ?? TimeSpan.Zero, MostTold);
        TimeSpan first = told is null ? settings.ReconnectDelay : asked;
        if (eventless > 0)
        {
            // A told zero cannot double.
            first = Most(first, Least(settings.ReconnectDelay, LeastWithoutEvent));
        }

        TimeSpan least = Most(asked, retryAfter);
        TimeSpan delay = Backoff.Delay(first, Most(settings.MaxReconnectDelay, least), Math.Max(eventless - 1, 0), random);
        if (delay <= least)
        {
            // "A told retry: or Retry-After is a least, with at most 10 % on top."
            delay = Backoff.Asked(least, random);
        }

        return broughtEvents ? delay : Most(delay, LeastWithoutEvent);
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Most(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
