using System.Diagnostics;
using System.Diagnostics.Metrics;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>What can be seen of one downlink from outside: its measurements and activities.</summary>
internal sealed class DownlinkTelemetry(DownlinkInstruments metrics, CoverRecord cover, TimeProvider timeProvider)
{
    private readonly RateBound _dropLines = new(10, TimeSpan.FromSeconds(10));
    private readonly long _begun = timeProvider.GetTimestamp();
    private Activity? _stream;

    // The stream that is open or being opened, and how the one before it ended.
    private int _generation;
    private string? _lastEnd;

    public void Started()
    {
        cover.Start();
        metrics.Begin(cover);
    }

    public void Ended() => metrics.End(cover);

    public void StreamOpening(int generation)
    {
        _generation = generation;
        if (_lastEnd is not null)
        {
            metrics.Reconnects.Add(1, Tag("unarr.reason", _lastEnd));
        }
    }

    /// <summary>The machine closes a stream: it was silent for too long, or the key is refused on another way.</summary>
    public void StreamGivenUp(int generation, DownlinkState state) => NoteEnd(generation, state switch
    {
        DownlinkState.Unauthorized => Name(StreamEnd.Unauthorized),
        DownlinkState.Refused => Name(StreamEnd.Gone),
        _ => "silent",
    });

    public void StreamEnded(int generation, StreamEnd end) => NoteEnd(generation, Name(end));

    public Activity? BeginStream() => _stream = DownlinkActivities.Source.StartActivity("downlink stream", ActivityKind.Client);

    public static void EndStream(Activity? activity, in DownlinkInput ended)
    {
        if (activity is not null && ended.End != StreamEnd.Proper)
        {
            activity.SetStatus(ActivityStatusCode.Error, ended.Detail);
        }
    }

    /// <summary>What one read brought is counted at once.</summary>
    public void Received(in StreamTally tally, long bytes)
    {
        Add(metrics.Bytes, bytes);
        Add(metrics.Frames, tally.Frames);
        AddEvents(tally.Commands, "command");
        AddEvents(tally.Syncs, "sync");
        AddEvents(tally.Messages, "message");
        AddEvents(tally.Others, "other");
    }

    /// <summary>Counts a payload that does not parse.</summary>
    /// <returns>Whether it is to be logged, too: a flood of them fills no log.</returns>
    public bool PayloadDropped()
    {
        metrics.Dropped.Add(1);
        TimeSpan at = timeProvider.GetElapsedTime(_begun);
        bool isLogged = _dropLines.Wait(at) == TimeSpan.Zero;
        if (isLogged)
        {
            _dropLines.Take(at);
        }

        return isLogged;
    }

    public long Timestamp() => timeProvider.GetTimestamp();

    public void Polled(long since, string outcome) => metrics.PollDuration.Record(Seconds(since), Tag("unarr.outcome", outcome));

    public Activity? BeginSync(SyncReason reason)
    {
        Activity? activity = Begin(
            "downlink sync", ActivityKind.Client, Volatile.Read(ref _stream) is { IsStopped: false } stream ? stream.Context : default);
        return activity?.SetTag("unarr.sync.reason", DownlinkWords.Of(reason));
    }

    public void Synced(Activity? activity, long since, SyncReport report)
    {
        metrics.SyncDuration.Record(Seconds(since), Tag("unarr.sync.reason", DownlinkWords.Of(report.Reason)),
            Tag("unarr.outcome", report.Succeeded ? "ok" : "failed"));
        activity?.SetTag("unarr.sync.controls", report.ControlCount);
        Fail(activity, report.Error);
    }

    /// <summary>A control reaches its handler.</summary>
    /// <param name="control">The control.</param>
    /// <param name="source">The way by which it came.</param>
    /// <param name="origin">The activity of the stream or sync that brought it.</param>
    public Activity? BeginControl(Control control, ControlRoute source, ActivityContext origin)
    {
        if (control.PushedAt is { } pushedAt)
        {
            // Two clocks are compared: one that runs ahead makes no negative time.
            metrics.DeliveryLag.Record(
                Math.Max(0, (timeProvider.GetUtcNow() - pushedAt).TotalSeconds), Tag("unarr.source", DownlinkWords.Of(source)));
        }

        Activity? activity = Begin("downlink control", ActivityKind.Consumer, origin);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("unarr.control.action", control.Action).SetTag("unarr.control.task_id", control.TaskId).SetTag(
                "unarr.source", DownlinkWords.Of(source));
        }

        return activity;
    }

    public void Applied(Activity? activity, ControlRoute source, long since, Exception? failure)
    {
        string outcome = failure is null ? "applied" : "failed";
        metrics.HandlerDuration.Record(Seconds(since), Tag("unarr.outcome", outcome));
        CountControl(source, outcome);
        Fail(activity, failure);
    }

    public void Deduplicated(ControlRoute source) => CountControl(source, "duplicate");

    private static Activity? Begin(string name, ActivityKind kind, ActivityContext origin) =>
        DownlinkActivities.Source.StartActivity(
            name, kind, parentContext: default, links: origin == default ? null : [new ActivityLink(origin)]);

    private static void Fail(Activity? activity, Exception? failure)
    {
        if (activity is not null && failure is not null)
        {
            activity.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", failure.GetType().FullName);
        }
    }

    private static void Add(Counter<long> counter, long count)
    {
        if (count > 0)
        {
            counter.Add(count);
        }
    }

    internal static string Name(StreamEnd end) => end switch
    {
        StreamEnd.Proper => "ended",
        StreamEnd.Cut => "cut",
        StreamEnd.BoundPassed => "bound_passed",
        StreamEnd.NotOpened => "not_opened",
        StreamEnd.NotOffered => "not_offered",
        StreamEnd.Gone => "gone",
        StreamEnd.Faulted => "faulted",
        _ => "unauthorized",
    };

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private double Seconds(long since) => timeProvider.GetElapsedTime(since).TotalSeconds;

    private void AddEvents(int count, string type)
    {
        if (count > 0)
        {
            metrics.Events.Add(count, Tag("unarr.event.type", type));
        }
    }

    private void CountControl(ControlRoute source, string outcome) =>
        metrics.Controls.Add(1, Tag("unarr.outcome", outcome), Tag("unarr.source", DownlinkWords.Of(source)));

    private void NoteEnd(int generation, string end)
    {
        if (generation == _generation)
        {
            _generation = 0;
            _lastEnd = end;
        }
    }
}
