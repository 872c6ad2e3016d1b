namespace Unarr.Pipelines.AspNetCore;

/// <summary>How the streams of <see cref="SseResults"/> that are not of a broadcast behave, in one application.</summary>
/// <remarks>
/// <c>services.Configure&lt;SseResultOptions&gt;(options =&gt; …)</c> sets them; nothing needs to be registered for the defaults. They are
/// checked when a stream is opened. The clock is the application's <see cref="TimeProvider"/> service where there is one.
/// </remarks>
public sealed class SseResultOptions
{
    /// <summary>
    /// The time between two heartbeats of a stream. A reader that takes nothing for two of them is cut. From 10 milliseconds to one day.
    /// Default: 15 seconds.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = HeartbeatRange.Default;
}
