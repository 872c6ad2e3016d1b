using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class SyncTriggerTests
{
    [Fact]
    public async Task Request_that_comes_during_a_sync_waits_for_the_next_one()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        ScriptedRequest first = await harness.Server.SyncAsync();
        Task asked = harness.Downlink.SyncTrigger.RequestAsync();
        first.Json("{}");
        await harness.Handler.SyncedAsync();
        ScriptedRequest second = await harness.Server.SyncAsync();
        Assert.False(asked.IsCompleted);

        second.Json("{}");
        await Signal.Of(asked, "the sync that was asked for");
        Assert.Equal(SyncReason.Requested, (await harness.Handler.SyncedAsync()).Reason);
    }

    [Fact]
    public async Task Request_before_the_start_is_served_by_the_first_sync()
    {
        await using DownlinkHarness harness = new();
        Task asked = harness.Downlink.SyncTrigger.RequestAsync();
        await harness.StartAsync();
        await Signal.Of(asked, "the first sync");
        Assert.False(harness.Server.HasPending("sync"));
    }

    [Fact]
    public async Task Sync_that_fails_is_told_to_who_asked_with_its_status()
    {
        await using DownlinkHarness harness = new();
        await harness.StartAsync();
        Task asked = harness.Downlink.SyncTrigger.RequestAsync();
        await harness.FailSyncAsync(SyncReason.Requested);

        DownlinkException failure = await Assert.ThrowsAsync<DownlinkException>(() => asked);
        Assert.Equal((DownlinkError.Status, HttpStatusCode.InternalServerError), (failure.Error, failure.StatusCode));
    }

    [Fact]
    public async Task Handler_may_await_the_sync_that_it_asks_for()
    {
        await using DownlinkHarness harness = new();
        var asked = new TaskCompletionSource();
        harness.Handler.OnControl = async (_, cancellationToken) =>
        {
            await harness.Downlink.SyncTrigger.RequestAsync(cancellationToken);
            asked.SetResult();
        };
        await harness.StartAsync("""{"controls":[{"action":"refresh"}]}""");
        await harness.AnswerSyncAsync(SyncReason.Requested);
        await Signal.Of(asked.Task, "the sync that the handler asked for");
    }

    [Fact]
    public async Task Wait_that_is_cancelled_ends_and_its_sync_is_made()
    {
        await using DownlinkHarness harness = new();
        await harness.StartAsync();
        using var cancelled = new CancellationTokenSource();
        Task asked = harness.Downlink.SyncTrigger.RequestAsync(cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await harness.FailSyncAsync(SyncReason.Requested);
    }

    [Fact]
    public async Task Request_at_the_end_is_served_by_the_last_sync_and_fails_after_it()
    {
        DownlinkHarness harness = new();
        await using (harness)
        {
            await harness.StartAsync();
            Task asked = harness.Downlink.SyncTrigger.RequestAsync();
            await harness.Server.SyncAsync();
            Task running = await harness.CancelAsync();
            await harness.AnswerLastSyncAsync();
            await Signal.Of(running, "the downlink's end");
            await Signal.Of(asked, "the last sync");
        }

        harness.Downlink.SyncTrigger.Request();
        await Assert.ThrowsAsync<DownlinkException>(() => harness.Downlink.SyncTrigger.RequestAsync());
    }
}
