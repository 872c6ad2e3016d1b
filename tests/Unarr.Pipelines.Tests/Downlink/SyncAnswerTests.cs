using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>A sync's answer reaches the application whole, before what follows from it.</summary>
public sealed class SyncAnswerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(0)]
    [InlineData(16_384)]
    [InlineData(300_000)]
    public async Task Answer_is_whole_and_comes_before_its_controls(int padding)
    {
        await using DownlinkHarness harness = Make();
        string more = new('x', padding);
        string json = $$"""
            {"newTasks":["t1"],"controls":[{"action":"pause","taskId":"t1","id":"c1"}],"watching":true,"more":"{{more}}"}
            """;
        var handed = new TaskCompletionSource();
        harness.Handler.OnSynced = async (report, _) =>
        {
            Assert.Equal(0, harness.Handler.PendingControls);
            Assert.Equal(json, Encoding.UTF8.GetString(report.Answer!.Utf8Json));
            await Task.Yield();
            Assert.Equal("t1", Members(report.Answer)["newTasks"][0].GetString());
            Assert.True(report.Watching);
            Assert.Equal(0, harness.Handler.PendingControls);
            handed.TrySetResult();
        };
        await harness.StartAsync(json);
        await Signal.Of(handed.Task, "the answer");
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        harness.Handler.OnSynced = null;
    }

    [Fact]
    public async Task Next_request_is_prepared_when_the_application_is_done_with_the_answer()
    {
        await using DownlinkHarness harness = Make();
        var done = new TaskCompletionSource();
        int prepared = 0;
        harness.Handler.OnPrepare = _ => prepared++;
        harness.Handler.OnSynced = (_, _) => new ValueTask(done.Task);
        PipeWriter stream = (await harness.StartSyncingAsync("""{"controls":[{"action":"pause","taskId":"t1"}]}""")).Stream();
        await harness.Handler.SyncedAsync();
        await DownlinkHarness.SendAsync(stream, ": hb\nevent: sync\ndata: {}\n\n" + DownlinkHarness.Command("t0"));

        // The stream goes on meanwhile.
        Assert.Equal("t0", (await harness.Handler.ControlAsync()).TaskId);
        harness.Downlink.SyncTrigger.Request();
        Assert.Equal(1, prepared);
        Assert.False(harness.Server.HasPending("sync"));

        harness.Handler.OnSynced = null;
        done.SetResult();
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        await harness.AnswerSyncAsync(SyncReason.Event);
        Assert.Equal(2, prepared);
    }

    [Fact]
    public async Task Answer_that_the_application_refuses_brings_no_controls_and_acknowledges_what_was_listed()
    {
        await using DownlinkHarness harness = Make();
        await harness.StartAsync("""{"controls":[{"action":"pause","taskId":"t1","id":"c1"},{"action":"pause","taskId":"t0"}]}""");
        await harness.Handler.ControlAsync();

        // When the second comes, the first is settled.
        await harness.Handler.ControlAsync();
        harness.Handler.OnSynced = (_, _) => throw new InvalidOperationException("not this one");
        Task asked = harness.Downlink.SyncTrigger.RequestAsync();
        ScriptedRequest refused = await harness.Server.SyncAsync();
        refused.Json($$"""{"controls":[{"action":"pause","taskId":"t2","id":"c2"},{"id":"c3","action":"{{new string('x', 1025)}}"}]}""");
        DownlinkException failure = await Assert.ThrowsAsync<DownlinkException>(() => Signal.Of(asked, "the sync"));
        Assert.Equal("not this one", failure.InnerException?.Message);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("not this one", StringComparison.Ordinal));
        harness.Handler.OnSynced = null;

        harness.Downlink.SyncTrigger.Request();
        ScriptedRequest next = await harness.Server.SyncAsync();
        Assert.Equal("c1", Assert.Single(next.Message.Headers.GetValues("Unarr-After")));
        SyncRequest told = JsonSerializer.Deserialize(next.Body!, ProtocolJson.SyncRequest)!;
        Assert.Empty(told.AppliedControls!);
        Assert.Null(told.FailedControls);
        Assert.Equal(0, harness.Handler.PendingControls);
        next.Json("""{"controls":[{"action":"pause","taskId":"t2","id":"c2"}]}""");
        Assert.Equal("t2", (await harness.Handler.ControlAsync()).TaskId);
    }

    [Fact]
    public async Task Work_that_the_last_sync_brings_can_be_refused()
    {
        await using DownlinkHarness harness = Make();
        await harness.StartLiveAsync();
        harness.Handler.OnSynced = (report, _) => report.Reason == SyncReason.Shutdown
            ? throw new InvalidOperationException("too late") : ValueTask.CompletedTask;
        Task running = await harness.CancelAsync();
        (await harness.Server.SyncAsync()).Json("""{"controls":[{"action":"pause","taskId":"t1"}]}""");
        await harness.EndedAsync(running);
        Assert.Equal(0, harness.Handler.PendingControls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_is_not_valid_after_the_call(bool isAskedFor)
    {
        await using DownlinkHarness harness = Make();
        SyncReport? kept = null;
        harness.Handler.OnSynced = (report, _) =>
        {
            kept = report;
            Assert.Equal(isAskedFor, isAskedFor && report.Answer is not null);
            return ValueTask.CompletedTask;
        };
        await harness.StartAsync();
        harness.Handler.OnSynced = null;
        harness.Downlink.SyncTrigger.Request();
        await harness.AnswerSyncAsync(SyncReason.Requested);
        Assert.Throws<InvalidOperationException>(() => kept!.Answer!.Utf8Json.Length);
    }

    [Fact]
    public async Task Failed_sync_has_no_answer()
    {
        await using DownlinkHarness harness = Make();
        harness.Start();
        (await harness.Server.SyncAsync()).Json("[]");
        SyncReport report = await harness.Handler.SyncedAsync();
        Assert.Equal((false, null), (report.Succeeded, report.Answer));
    }

    [Fact]
    public async Task Application_that_takes_long_with_an_answer_is_logged()
    {
        await using DownlinkHarness harness = Make();
        var done = new TaskCompletionSource();
        harness.Handler.OnSynced = (_, _) => new ValueTask(done.Task);
        await harness.StartSyncingAsync();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(5));
        Assert.True(SpinWait.SpinUntil(
            () => harness.Logger.Lines.Any(line => line.Contains("OnSyncedAsync takes longer than 5 s", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30)));
        harness.Handler.OnSynced = null;
        done.SetResult();
    }

    private static DownlinkHarness Make() => new(options => options with { SyncInterval = Interval });

    private static Dictionary<string, JsonElement> Members(SyncBody body) =>
        body.Read(ProtocolJsonContext.Default.DictionaryStringJsonElement);
}
