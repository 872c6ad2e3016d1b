using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The sync loop and the handler behind it.</summary>
public sealed class SyncLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(13);
    private static readonly TimeSpan Watching = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task It_syncs_at_the_start_and_then_at_each_interval()
    {
        await using DownlinkHarness harness = Make();
        await harness.StartAsync();
        for (int round = 0; round < 3; round++)
        {
            await harness.Time.PassAsync(Interval);
            await harness.AnswerSyncAsync(SyncReason.Interval);
        }
    }

    [Fact]
    public async Task A_sync_tells_who_the_agent_is_and_what_the_application_adds()
    {
        await using DownlinkHarness harness = Make();
        harness.Handler.OnPrepare = RecordingHandler.AddDisk;
        harness.Start();
        ScriptedRequest sync = await harness.Server.SyncAsync();
        SyncRequest told = JsonSerializer.Deserialize(sync.Body!, ProtocolJson.SyncRequest)!;
        Assert.Equal("agent-1", told.AgentId);
        Assert.Equal(7, told.Additional!["disk"].GetInt32());
        sync.Json("{}");
        await harness.Handler.SyncedAsync();
    }

    [Fact]
    public async Task While_somebody_watches_the_interval_is_shorter_and_its_beginning_triggers_one_at_once()
    {
        await using DownlinkHarness harness = Make();
        await harness.StartAsync("""{"watching":true}""");
        await harness.AnswerSyncAsync(SyncReason.Watching, """{"watching":true}""");
        await harness.Time.PassAsync(Watching);
        await harness.AnswerSyncAsync(SyncReason.Watching, """{"watching":true}""");
        await harness.Time.PassAsync(Watching);
        await harness.AnswerSyncAsync(SyncReason.Watching, """{"watching":false}""");
        await harness.Time.PassAsync(Interval);
        await harness.AnswerSyncAsync(SyncReason.Interval);
    }

    [Fact]
    public async Task A_sync_event_triggers_one_sync_at_once_and_restarts_the_interval()
    {
        await using DownlinkHarness harness = Make();
        PipeWriter stream = await harness.StartLiveAsync();
        await harness.Time.ArmedAsync(Interval);
        harness.Time.Advance(TimeSpan.FromSeconds(7));
        await DownlinkHarness.SendAsync(stream, "event: sync\ndata: {\"reason\":\"wake\"}\n\n");
        await harness.AnswerSyncAsync(SyncReason.Event);
        await harness.Time.PassAsync(Interval);
        await harness.AnswerSyncAsync(SyncReason.Interval);
    }

    [Fact]
    public async Task Triggers_that_come_while_one_is_pending_are_one()
    {
        await using DownlinkHarness harness = Make();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, "event: sync\ndata: x\n\n");
        ScriptedRequest running = await harness.Server.SyncAsync();
        await DownlinkHarness.SendAsync(
            stream, string.Concat(Enumerable.Repeat("event: sync\ndata: x\n\n", 20)) + DownlinkHarness.Command("marker"));
        await harness.Handler.ControlAsync();
        harness.Downlink.SyncTrigger.Request();
        running.Json("{}");
        await harness.Handler.SyncedAsync();
        await harness.AnswerSyncAsync(SyncReason.Event);
        await harness.Time.ArmedAsync(Interval);
        Assert.False(harness.Server.HasPending("sync"));
    }

    [Fact]
    public async Task A_flood_of_sync_events_triggers_ten_syncs_at_once_and_then_one_a_second()
    {
        await using DownlinkHarness harness = Make();
        PipeWriter stream = await harness.StartLiveAsync();
        for (int sync = 0; sync < 13; sync++)
        {
            await DownlinkHarness.SendAsync(stream, "event: sync\ndata: x\n\n");
            if (sync >= 10)
            {
                await harness.Time.ArmedAsync(TimeSpan.FromSeconds(1));
                Assert.False(harness.Server.HasPending("sync"));
                harness.Time.Advance(TimeSpan.FromSeconds(1));
            }

            await harness.AnswerSyncAsync(SyncReason.Event);
        }
    }

    [Fact]
    public async Task A_failed_sync_is_logged_and_the_next_one_is_due_as_usual()
    {
        await using DownlinkHarness harness = Make();
        harness.Start();
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.InternalServerError, $$"""{"error":"no disk, {{ClientHarness.Key}}"}""");
        SyncReport report = await harness.Handler.SyncedAsync();
        Assert.False(report.Succeeded);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("HTTP 500: no disk, ***", StringComparison.Ordinal));
        await harness.Time.PassAsync(Interval);
        await harness.AnswerSyncAsync(SyncReason.Interval);
    }

    [Fact]
    public async Task Prepare_that_throws_is_a_failed_sync()
    {
        await using DownlinkHarness harness = Make();
        harness.Handler.OnPrepare = _ => throw new InvalidOperationException("no state");
        harness.Start();
        SyncReport report = await harness.Handler.SyncedAsync();
        Assert.Equal(DownlinkError.Unknown, report.Error!.Error);
        Assert.IsType<InvalidOperationException>(report.Error.InnerException);
        harness.Handler.OnPrepare = null;
        await harness.Time.PassAsync(Interval);
        await harness.AnswerSyncAsync(SyncReason.Interval);
    }

    [Fact]
    public async Task Notifications_that_throw_stop_nothing()
    {
        await using DownlinkHarness harness = Make();
        harness.Handler.OnNotification = () => throw new InvalidOperationException("hook");
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1"));
        await harness.Handler.ControlAsync();
        await harness.Time.PassAsync(Interval);
        await harness.AnswerSyncAsync(SyncReason.Interval);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("hook", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handler_that_throws_is_logged_and_the_next_control_is_handled()
    {
        await using DownlinkHarness harness = Make();
        harness.Handler.OnControl = (control, _) => control.TaskId == "t2" ? ValueTask.CompletedTask
            : throw (control.TaskId == "t1" ? new ControlRejectedException("bad task") : new OperationCanceledException("its own"));
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1", "t3", "t2"));
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Equal("t3", (await harness.Handler.ControlAsync()).TaskId);
        await harness.Time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal("t3", (await harness.Handler.ControlAsync()).TaskId);
        await harness.Time.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("t3", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Equal("t2", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Contains(harness.Logger.Lines,
            line => line.Contains("t1", StringComparison.Ordinal) && line.Contains("bad task", StringComparison.Ordinal));
        Assert.Equal([1, 1, 2, 3, 1], harness.Handler.Attempts);
        Assert.Equal(3, harness.Logger.Lines.Count(line => line.Contains("task 't3',", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_log_that_throws_while_a_control_fails_ends_the_run_with_its_exception()
    {
        await using DownlinkHarness harness = Make();
        harness.Logger.FailsAt = 2;
        harness.Handler.OnControl = (_, _) => throw new InvalidOperationException("bad task");
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Signal.Of(harness.Running, "the downlink's end"));
        Assert.Equal(DownlinkState.Stopped, harness.Downlink.Status.State);
        Assert.Equal(0, harness.Time.LiveTimers);
    }

    [Fact]
    public async Task A_slow_control_that_is_delivered_again_and_again_is_applied_once_and_stops_no_sync()
    {
        await using DownlinkHarness harness = Make();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Handler.OnControl = async (_, cancellationToken) => await slow.Task.WaitAsync(cancellationToken);
        const string Delivery = """{"controls":[{"action":"pause","taskId":"t1","id":"c1"},{"action":"pause","taskId":"t2","id":"c2"}]}""";
        await harness.StartAsync(Delivery);
        for (int round = 0; round < 30; round++)
        {
            await harness.Time.PassAsync(Interval);
            await harness.AnswerSyncAsync(SyncReason.Interval, Delivery);
        }

        slow.SetResult();
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        Assert.Equal("t2", (await harness.Handler.ControlAsync()).TaskId);
        HashSet<string> acknowledged = [];
        for (TimeSpan due = TimeSpan.FromMilliseconds(20); acknowledged.Count < 2; due = TimeSpan.FromMilliseconds(200))
        {
            await harness.Time.PassAsync(due);
            ScriptedRequest sync = await harness.Server.SyncAsync();
            acknowledged.UnionWith(JsonSerializer.Deserialize(sync.Body!, ProtocolJson.SyncRequest)!.AppliedControls!);
            sync.Json(Delivery);
            await harness.Handler.SyncedAsync();
        }

        Assert.Equal(0, harness.Handler.PendingControls);
    }

    [Fact]
    public async Task A_full_queue_holds_the_stream_back_without_making_it_unhealthy()
    {
        await using DownlinkHarness harness = new(options => options with { LivenessTimeout = TimeSpan.FromSeconds(41) });
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Handler.OnControl = async (_, cancellationToken) => await open.Task.WaitAsync(cancellationToken);
        PipeWriter stream = await harness.StartLiveAsync();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(41));

        // One command is being handled, 8 wait, the next one finds the queue full.
        IEnumerable<string> tasks = Enumerable.Range(0, 1030).Select(task => $"t{task}");
        await DownlinkHarness.SendAsync(stream, string.Concat(tasks.Chunk(100).Select(DownlinkHarness.Command)));
        await harness.Time.DisarmedAsync(TimeSpan.FromSeconds(41));
        harness.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(DownlinkState.Live, harness.Downlink.Status.State);

        open.SetResult();
        foreach (string task in tasks)
        {
            Assert.Equal(task, (await harness.Handler.ControlAsync()).TaskId);
        }

        // The time of the last frame that it hears, which none of those before has.
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(41));
        harness.Time.Advance(TimeSpan.FromMilliseconds(1));
        await DownlinkHarness.SendAsync(stream, ": hb\n");
        await harness.Time.PassAsync(TimeSpan.FromSeconds(41));
        Assert.Equal("silent for 41.0 s", (await harness.Handler.StatusAsync(DownlinkState.Waiting)).Reason);
    }

    private static DownlinkHarness Make() => new(options => options with { SyncInterval = Interval, SyncIntervalWatching = Watching });
}
