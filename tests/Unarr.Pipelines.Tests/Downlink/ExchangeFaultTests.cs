using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Exchanging;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What is thrown that is not the network's: an exchange's fault is an outcome, the decision loop's ends the downlink.</summary>
public sealed class ExchangeFaultTests
{
    [Theory]
    [InlineData(DownlinkMode.Stream, "events")]
    [InlineData(DownlinkMode.LongPoll, "wake")]
    public async Task Fault_of_an_exchange_is_logged_with_its_stack_once_and_tried_again(DownlinkMode mode, string endpoint)
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Mode = mode, SyncInterval = S(36_000) });
        harness.Start();
        await harness.AnswerSyncAsync(SyncReason.Start);
        foreach (double delay in (double[])[1.5, 3, 6])
        {
            ScriptedRequest request = await NextAsync();
            if (mode == DownlinkMode.LongPoll && delay < 2)
            {
                await harness.AnswerSyncAsync(SyncReason.Reconnect);
            }

            request.Fail(new InvalidOperationException("a bug"));
            DownlinkStatus status = await harness.Handler.StatusAsync(DownlinkState.Waiting);
            Assert.Equal("an internal error (InvalidOperationException); see the log", status.Reason);
            if (mode == DownlinkMode.LongPoll)
            {
                if (delay < 2)
                {
                    await harness.AnswerSyncAsync(SyncReason.Reconnect);
                }

                break;
            }

            await harness.Time.PassAsync(S(delay));
        }

        string logged = Assert.Single(harness.Logger.Lines, line => line.Contains("a bug", StringComparison.Ordinal));
        Assert.StartsWith("Error A ", logged, StringComparison.Ordinal);
        Assert.Contains("   at Unarr.Agents.Downlink.ControlPlane.", logged, StringComparison.Ordinal);
        Assert.DoesNotContain(harness.Logger.Lines, line => line.Contains("was cut", StringComparison.Ordinal));

        Task<ScriptedRequest> NextAsync() => endpoint == "events" ? harness.Server.EventsAsync() : harness.Server.WakeAsync();
    }

    [Fact]
    public async Task Fault_of_a_sync_is_logged_with_its_stack_once()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.Stream });
        harness.Start();
        for (int round = 0; round < 2; round++)
        {
            (await harness.Server.SyncAsync()).Fail(new InvalidOperationException("a bug"));
            Assert.IsType<InvalidOperationException>((await harness.Handler.SyncedAsync()).Error!.InnerException);
            await harness.Time.PassAsync(S(7.8));
        }

        (await harness.Server.SyncAsync()).Json("{}");
        Assert.Single(harness.Logger.Lines, line => line.Contains("a bug", StringComparison.Ordinal) && line.Contains(
            "   at Unarr.Agents.Downlink.ControlPlane.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fault_that_quotes_the_request_is_told_without_the_key()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.Stream });
        (await harness.StartAsync()).Fail(new InvalidOperationException($"Authorization: Bearer {harness.Key}"));
        await harness.Handler.StatusAsync(DownlinkState.Waiting);
        Assert.Contains(
            harness.Logger.Lines, line => line.Contains("its text holds the API key and is left out", StringComparison.Ordinal));
        Assert.DoesNotContain(harness.Logger.Lines, line => line.Contains(harness.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exchange_that_throws_posts_its_end_though_what_is_told_of_it_throws_too()
    {
        var inputs = new DownlinkInputs();
        using var exchange = new Exchange(
            _ => throw new InvalidOperationException("a bug"),
            inputs.Writer,
            _ => new DownlinkInput(DownlinkInputKind.PollFailed, Generation: 7),
            _ => throw new InvalidOperationException("the log is broken"));

        Assert.Equal(7, (await Signal.Of(inputs.ReadAsync(CancellationToken.None).AsTask(), "the end")).Generation);
        await Signal.Of(Assert.ThrowsAsync<InvalidOperationException>(() => exchange.Ended), "the fault");
    }

    [Fact]
    public async Task Signals_are_not_lost_while_the_exchanges_inputs_are_many()
    {
        var inputs = new DownlinkInputs();
        while (inputs.Writer.TryWrite(new DownlinkInput(DownlinkInputKind.Frames)))
        {
        }

        inputs.Signal(new DownlinkInput(DownlinkInputKind.Synced));
        inputs.Signal(new DownlinkInput(DownlinkInputKind.SyncRefused));

        Assert.Equal(DownlinkInputKind.Synced, (await inputs.ReadAsync(CancellationToken.None)).Kind);
        Assert.Equal(DownlinkInputKind.SyncRefused, (await inputs.ReadAsync(CancellationToken.None)).Kind);
        Assert.Equal(DownlinkInputKind.Frames, (await inputs.ReadAsync(CancellationToken.None)).Kind);
    }

    [Fact]
    public async Task Fault_of_the_decision_loop_ends_a_stream_being_opened_and_is_the_runs()
    {
        bool fails = false;
        await using DownlinkHarness harness = Failing(() => fails);
        ScriptedRequest events = await harness.StartAsync();
        await harness.Time.PassAsync(S(5));
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        ScriptedRequest wake = await harness.Server.WakeAsync();

        fails = true;
        wake.Answer(HttpStatusCode.BadRequest);
        await events.CancelledAsync();
        await AssertFaultedAsync(harness);
    }

    [Fact]
    public async Task Fault_of_the_decision_loop_ends_a_poll_and_is_the_runs()
    {
        bool fails = false;
        await using DownlinkHarness harness = Failing(() => fails);
        ScriptedRequest events = await harness.StartAsync();
        await harness.Time.PassAsync(S(5));
        await harness.AnswerSyncAsync(SyncReason.Reconnect);
        ScriptedRequest wake = await harness.Server.WakeAsync();

        fails = true;
        events.Answer(HttpStatusCode.BadRequest);
        await wake.CancelledAsync();
        await AssertFaultedAsync(harness);
    }

    /// <summary>A downlink whose decisions throw from some time on; syncs are too rare to ask for a random number.</summary>
    private static DownlinkHarness Failing(Func<bool> fails) => DownlinkHarness.Hedging(
        options => options with { SyncInterval = S(36_000), Random = () => fails() ? throw new NotSupportedException("a bug") : 0.5 });

    private static async Task AssertFaultedAsync(DownlinkHarness harness)
    {
        (await harness.Server.SyncAsync()).Json("{}");
        await Signal.Of(Assert.ThrowsAsync<NotSupportedException>(() => harness.Running), "the fault");
        Assert.Equal((DownlinkState.Stopped, DownlinkRoutes.None), (harness.Downlink.Status.State, harness.Downlink.Status.Routes));
        Assert.Equal("the downlink failed (NotSupportedException)", harness.Downlink.Status.Reason);
        Assert.Equal(0, harness.Time.LiveTimers);
        Assert.All(harness.Server.Requests, request => Assert.True(request.Answered.IsCompleted, "a request was left behind"));
        Assert.All(harness.Server.Responses, response => Assert.True(response.IsDisposed, "a response was not given back"));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
