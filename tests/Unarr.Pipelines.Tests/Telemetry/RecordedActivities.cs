using System.Collections.Concurrent;
using System.Diagnostics;
using Unarr.Agents.Downlink;

namespace Unarr.Pipelines.Tests.Telemetry;

/// <summary>The activities of all downlinks in the process; a test finds its own by what it sent.</summary>
internal sealed class RecordedActivities : IDisposable
{
    private readonly ConcurrentQueue<Activity> _started = new();
    private readonly ActivityListener _listener;

    public RecordedActivities()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DownlinkActivities.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _started.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity Control(string taskId) => _started.Single(activity => Equals(activity.GetTagItem("unarr.control.task_id"), taskId));

    /// <summary>The activity that the given one is linked to.</summary>
    public Activity Origin(Activity activity) => _started.Single(origin => origin.SpanId == activity.Links.Single().Context.SpanId);

    public void Dispose() => _listener.Dispose();
}
