namespace Unarr.Pipelines.AspNetCore;

/// <summary>The heartbeat intervals that options may name.</summary>
internal static class HeartbeatRange
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <exception cref="ArgumentOutOfRangeException">The interval is out of the range; the message names the option.</exception>
    public static void ThrowIfOutside(TimeSpan interval, string option, string parameter)
    {
        if (interval < Shortest || interval > Longest)
        {
            throw new ArgumentOutOfRangeException(parameter, interval, $"{option} must be from 10 milliseconds to one day.");
        }
    }
}
