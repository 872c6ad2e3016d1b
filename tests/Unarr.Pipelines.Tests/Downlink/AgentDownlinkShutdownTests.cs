using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>"Cancelling ends stream, poll and sync promptly: no task, socket or timer is left behind."</summary>
public sealed class AgentDownlinkShutdownTests
{
    [Fact]
    public async Task The_last_syncs_controls_are_handled()
    {
        await using var harness = new DownlinkHarness();
        await harness.StartLiveAsync();
        Task running = await harness.CancelAsync();
        await harness.AnswerSyncAsync(
            SyncReason.Shutdown, """{"controls":[{"action":"pause","taskId":"last-1"},{"action":"pause","taskId":"last-2"}]}""");
        await harness.EndedAsync(running);
        Assert.Equal(2, harness.Handler.PendingControls);
    }

    [Fact]
    public async Task A_server_that_hangs_delays_it_by_5_seconds_at_most()
    {
        await using var harness = new DownlinkHarness();
        await harness.StartLiveAsync();
        Task running = await harness.CancelAsync();
        await harness.Server.SyncAsync();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(5));
        harness.Time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(running.IsCompleted);
        harness.Time.Advance(TimeSpan.FromSeconds(0.001));
        await harness.EndedAsync(running);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("shutdown timeout has passed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handler_is_told_when_the_time_is_over_and_has_ended_when_the_downlink_has()
    {
        await using var harness = new DownlinkHarness();
        bool ended = false;
        harness.Handler.OnControl = async (_, cancellationToken) =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                // Takes a moment to clean up.
                await Task.Yield();
                for (int turn = 0; turn < 1000; turn++)
                {
                    await Task.Yield();
                }

                ended = true;
            }
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1", "t2"));
        await harness.Handler.ControlAsync();
        Task running = await harness.CancelAsync();

        // "They have 4 of the 5 s", and the last sync has what is left.
        await harness.Time.PassAsync(TimeSpan.FromSeconds(4));
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
        Assert.True(ended, "the handler was left behind");
        Assert.Equal(0, harness.Handler.PendingControls);
    }

    [Fact]
    public async Task A_handler_that_fails_as_its_time_is_over_fails_nothing_else()
    {
        await using var harness = new DownlinkHarness();
        harness.Handler.OnControl = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            throw new InvalidOperationException("interrupted");
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1", "t2"));
        await harness.Handler.ControlAsync();
        Task running = await harness.CancelAsync();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(4));
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
        Assert.Equal(0, harness.Handler.PendingControls);
    }

    [Fact]
    public async Task A_control_at_hand_is_acknowledged_by_the_last_sync()
    {
        await using var harness = new DownlinkHarness();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Handler.OnControl = async (_, _) => await slow.Task;
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Controls("c1", "c2"));
        await harness.Handler.ControlAsync();
        Task running = await harness.CancelAsync();
        Assert.False(harness.Server.HasPending("sync"));

        slow.SetResult();
        ScriptedRequest last = await harness.Server.SyncAsync();
        Assert.Equal(["c1", "c2"], JsonSerializer.Deserialize(last.Body!, ProtocolJson.SyncRequest)!.AppliedControls!);
        last.Json("{}");
        await harness.EndedAsync(running);
    }

    [Fact]
    public async Task What_the_last_sync_brings_with_an_id_stays_pending()
    {
        await using var harness = new DownlinkHarness();
        await harness.StartLiveAsync();
        Task running = await harness.CancelAsync();
        await harness.AnswerSyncAsync(SyncReason.Shutdown, """{"controls":[{"action":"pause","taskId":"t1","id":"c1"}]}""");
        await harness.EndedAsync(running);
        Assert.Equal(0, harness.Handler.PendingControls);
    }

    [Theory]
    [InlineData("control")]
    [InlineData("prepare")]
    [InlineData("notification")]
    public async Task An_application_that_hangs_delays_it_by_5_seconds_at_most(string what)
    {
        await using var harness = new DownlinkHarness();
        // Not disposed: who waits for it may come when the test has ended.
        var released = new ManualResetEventSlim();
        PipeWriter stream = await harness.StartLiveAsync();
        harness.Handler.OnControl = what == "control" ? (_, _) =>
            { released.Wait(CancellationToken.None); return ValueTask.CompletedTask; }
        : null;
        harness.Handler.OnPrepare = what == "prepare" ? _ => released.Wait() : null;
        harness.Handler.OnNotification = what == "notification" ? released.Wait : null;
        await DownlinkHarness.SendAsync(stream, Controls("c1"));
        await harness.Handler.ControlAsync();

        Task running = await harness.CancelAsync();
        if (what == "control")
        {
            await harness.Time.PassAsync(TimeSpan.FromSeconds(4));
            await harness.AnswerSyncAsync(SyncReason.Shutdown);
            await harness.Time.PassAsync(TimeSpan.FromSeconds(1));
        }
        else if (what == "prepare")
        {
            await harness.Time.PassAsync(TimeSpan.FromSeconds(5));
        }
        else
        {
            (await harness.Server.SyncAsync()).Json("{}");
            await harness.Time.PassAsync(TimeSpan.FromSeconds(5));
        }

        await harness.EndedAsync(running);
        released.Set();
    }

    [Theory]
    [InlineData("events")]
    [InlineData("wake")]
    public async Task An_exchange_that_breaks_as_it_is_cancelled_fails_nothing(string endpoint)
    {
        await using var harness = new DownlinkHarness(
            options => options with { Mode = endpoint == "wake" ? DownlinkMode.LongPoll : DownlinkMode.Auto });
        harness.Start();
        await harness.AnswerSyncAsync(SyncReason.Start);
        ScriptedRequest request = endpoint == "wake" ? await harness.Server.WakeAsync() : await harness.Server.EventsAsync();
        request.FailureWhenCancelled = new InvalidOperationException("the handler was disposed");
        Task running = await harness.CancelAsync();
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
    }

    [Fact]
    public async Task A_sync_that_breaks_as_it_is_cancelled_is_followed_by_the_last_one()
    {
        await using var harness = new DownlinkHarness();
        harness.Start();
        await harness.Server.EventsAsync();
        (await harness.Server.SyncAsync()).FailureWhenCancelled = new InvalidOperationException("the handler was disposed");
        Task running = await harness.CancelAsync();
        Assert.False((await harness.Handler.SyncedAsync()).Succeeded);
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
    }

    [Fact]
    public async Task A_wake_that_comes_as_it_ends_is_covered_by_the_last_sync()
    {
        await using var harness = new DownlinkHarness(options => options with { Mode = DownlinkMode.LongPoll });
        harness.Start();
        await harness.AnswerSyncAsync(SyncReason.Start);
        ScriptedRequest wake = await harness.Server.WakeAsync();
        Task running = await harness.CancelAsync();
        wake.Json("""{"wake":true}""");
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
        Assert.False(harness.Server.HasPending("sync"));
    }

    [Theory]
    [InlineData("connecting")]
    [InlineData("open")]
    [InlineData("waiting")]
    [InlineData("polling")]
    [InlineData("poll retry")]
    public async Task It_ends_in_every_state(string when)
    {
        await using var harness = new DownlinkHarness(options =>
            options with { Mode = when.StartsWith("poll", StringComparison.Ordinal) ? DownlinkMode.LongPoll : DownlinkMode.Auto });
        harness.Start();
        await harness.AnswerSyncAsync(SyncReason.Start);
        if (when == "open")
        {
            (await harness.Server.EventsAsync()).Stream();
            await harness.Time.ArmedAsync(TimeSpan.FromSeconds(40));
        }
        else if (when == "waiting")
        {
            (await harness.Server.EventsAsync()).Answer(HttpStatusCode.InternalServerError);
            await harness.Time.ArmedAsync(TimeSpan.FromSeconds(2));
        }
        else if (when == "poll retry")
        {
            (await harness.Server.WakeAsync()).Answer(HttpStatusCode.InternalServerError);
            await harness.Time.ArmedAsync(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public async Task A_token_that_is_cancelled_before_makes_the_last_sync_only()
    {
        await using var harness = new DownlinkHarness();
        Task running = harness.Downlink.RunAsync(new CancellationToken(canceled: true));
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
    }

    [Fact]
    public async Task It_runs_once()
    {
        await using var harness = new DownlinkHarness();
        await harness.StartLiveAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Downlink.RunAsync(CancellationToken.None));
        Task running = await harness.CancelAsync();
        await harness.AnswerSyncAsync(SyncReason.Shutdown);
        await harness.EndedAsync(running);
        await Assert.ThrowsAsync<InvalidOperationException>(() => harness.Downlink.RunAsync(CancellationToken.None));
    }

    private static string Controls(params string[] ids) =>
        "event: command\ndata: {\"controls\":[" +
        string.Join(',', ids.Select(id => $$"""{"action":"pause","taskId":"t","id":"{{id}}"}""")) +
        "]}\n\n";
}
