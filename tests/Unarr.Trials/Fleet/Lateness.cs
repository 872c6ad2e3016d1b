using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>How much too late this machine lets a timer go on, added up: time in which nobody here could do anything in time.</summary>
internal sealed class Lateness
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private long _ticks;

    public TimeSpan Total => new(Interlocked.Read(ref _ticks));

    public async Task FollowAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            await Task.Delay(Step, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            TimeSpan late = Stopwatch.GetElapsedTime(start) - Step;
            Interlocked.Add(ref _ticks, Math.Max(late.Ticks, 0));
        }
    }
}
