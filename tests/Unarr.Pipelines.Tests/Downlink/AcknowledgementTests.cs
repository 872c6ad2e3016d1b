using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What a sync says of the controls that came, and when it says it.</summary>
public sealed class AcknowledgementTests
{
    [Fact]
    public async Task First_control_applied_makes_a_sync_due_20_ms_later()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command("c1"));
        Assert.Equal(["c1"], await AcknowledgedAsync(harness, Ms(20)));
    }

    [Fact]
    public async Task Acknowledgements_are_at_most_five_a_second()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command("c1"));
        Assert.Equal(["c1"], await AcknowledgedAsync(harness, Ms(20)));
        await DownlinkHarness.SendAsync(stream, Command("c2"));
        Assert.Equal(["c2"], await AcknowledgedAsync(harness, Ms(200)));
    }

    [Fact]
    public async Task Control_that_is_settled_while_a_sync_is_under_way_waits_for_its_turn_too()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command("c1"));
        await harness.Time.PassAsync(Ms(20));
        ScriptedRequest first = await harness.Server.SyncAsync();
        await DownlinkHarness.SendAsync(stream, Command("c2") + Command("marker"));
        await harness.Handler.ControlAsync();
        await harness.Handler.ControlAsync();
        await harness.Handler.ControlAsync();
        first.Json("{}");
        await harness.Handler.SyncedAsync();
        Assert.Contains("c2", await AcknowledgedAsync(harness, Ms(200)));
    }

    [Fact]
    public async Task Command_may_spread_its_acknowledgement_over_a_time()
    {
        await using var harness = new DownlinkHarness(options => options with { Random = () => 0.25 });
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(
            stream, Command("c1").Replace("{\"controls\"", "{\"ackWithin\":8000,\"controls\"", StringComparison.Ordinal));
        Assert.Equal(["c1"], await AcknowledgedAsync(harness, Ms(2000)));
    }

    [Fact]
    public async Task Server_that_did_not_store_them_gets_them_again()
    {
        await using var harness = new DownlinkHarness(options => options with { Random = () => 0.5 });
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command("c1"));
        Assert.Equal(["c1"], await AcknowledgedAsync(harness, Ms(20), """{"acknowledged":false}"""));
        Assert.Equal(["c1"], await AcknowledgedAsync(harness, Ms(1500)));
        harness.Downlink.SyncTrigger.Request();
        Assert.Equal([], await AcknowledgedAsync(harness, null));
    }

    [Fact]
    public async Task What_one_sync_cannot_list_the_next_one_lists_at_once()
    {
        await using var harness = new DownlinkHarness();
        string[] ids = [.. Enumerable.Range(0, 1500).Select(id => $"c{id}")];
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, string.Concat(ids.Chunk(100).Select(Command)) + DownlinkHarness.Command("last"));

        // One that nobody acknowledges is last: when it comes, those before it are settled.
        for (int control = 0; control <= ids.Length; control++)
        {
            await harness.Handler.ControlAsync();
        }

        List<string> listed = [.. await AcknowledgedAsync(harness, Ms(20))];
        while (listed.Count < ids.Length)
        {
            listed.AddRange(await AcknowledgedAsync(harness, null));
        }

        Assert.Equal(ids, listed);
    }

    [Fact]
    public async Task After_a_413_the_next_sync_goes_without_the_members_of_the_application()
    {
        await using var harness = new DownlinkHarness();
        harness.Handler.OnPrepare = RecordingHandler.AddDisk;
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command("c1"));
        await harness.Time.PassAsync(Ms(20));
        await harness.FailSyncAsync(SyncReason.Acknowledge, HttpStatusCode.RequestEntityTooLarge);

        harness.Downlink.SyncTrigger.Request();
        SyncRequest without = await SyncAsync(harness);
        Assert.Null(without.Additional);
        Assert.Equal("c1", Assert.Single(without.AppliedControls!));
        harness.Downlink.SyncTrigger.Request();
        Assert.NotNull((await SyncAsync(harness)).Additional);
    }

    [Fact]
    public async Task Syncs_that_fail_are_not_brought_forward_by_controls()
    {
        await using var harness = new DownlinkHarness(options => options with { SyncInterval = TimeSpan.FromSeconds(13) });
        PipeWriter stream = await harness.StartLiveAsync();
        harness.Downlink.SyncTrigger.Request();
        await harness.FailSyncAsync(SyncReason.Requested);
        await DownlinkHarness.SendAsync(stream, Command("c1") + DownlinkHarness.Command("last"));
        await harness.Handler.ControlAsync();

        // When the second comes, the first is settled.
        await harness.Handler.ControlAsync();
        Assert.Equal(["c1"], await AcknowledgedAsync(harness, TimeSpan.FromSeconds(13)));
    }

    [Fact]
    public async Task Requests_say_what_the_agent_has_taken_in()
    {
        await using var harness = new DownlinkHarness();
        harness.Start();
        ScriptedRequest events = await harness.Server.EventsAsync();
        ScriptedRequest sync = await harness.Server.SyncAsync();
        Assert.Equal(("", ""), (After(events), After(sync)));

        sync.Json("""{"controls":[{"action":"pause","taskId":"t","id":"c1"},{"action":"pause","taskId":"t","id":"c2"}]}""");
        await harness.Handler.SyncedAsync();
        harness.Downlink.SyncTrigger.Request();
        Assert.Equal("c2", After(sync = await harness.Server.SyncAsync()));

        // What no header can carry is told as nothing: it is delivered again, and passed over.
        sync.Json("""{"controls":[{"action":"pause","taskId":"t","id":"ж"}]}""");
        await harness.Handler.SyncedAsync();
        harness.Downlink.SyncTrigger.Request();
        Assert.Equal("", After(sync = await harness.Server.SyncAsync()));
        sync.Json("{}");
        await harness.Handler.SyncedAsync();
    }

    [Fact]
    public async Task Long_text_of_a_failure_does_not_end_the_syncs()
    {
        await using var harness = new DownlinkHarness();
        harness.Handler.OnControl = (_, _) => throw new ControlRejectedException(new string('x', 2 * 1024 * 1024));
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command("c1"));
        await harness.Time.PassAsync(Ms(20));
        SyncRequest request = await SyncAsync(harness);
        Assert.Equal(256, Assert.Single(request.FailedControls!).Error.Length);
    }

    [Fact]
    public async Task Handler_that_hangs_stops_no_sync()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging(options => options with { Mode = DownlinkMode.LongPoll });
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Handler.OnControl = async (_, _) => await gate.Task;
        harness.Start();
        (await harness.Server.SyncAsync()).Json("""{"controls":[{"action":"pause","taskId":"t","id":"c0"}]}""");
        await harness.Handler.SyncedAsync();
        for (int round = 1; round <= 400; round++)
        {
            harness.Downlink.SyncTrigger.Request();
            (await harness.Server.SyncAsync()).Json($$"""{"controls":[{"action":"pause","taskId":"t","id":"c{{round}}"}]}""");
            Assert.True((await harness.Handler.SyncedAsync()).Succeeded);
        }

        gate.SetResult();
    }

    [Fact]
    public async Task Preparation_that_hangs_stops_no_sync_and_what_it_added_last_is_sent()
    {
        await using var harness = new DownlinkHarness();
        // Not disposed: who waits for it may come when the test has ended.
        var released = new ManualResetEventSlim();
        harness.Handler.OnPrepare = RecordingHandler.AddDisk;
        await harness.StartLiveAsync();
        harness.Handler.OnPrepare = _ => released.Wait();
        harness.Downlink.SyncTrigger.Request();
        await harness.Time.PassAsync(TimeSpan.FromSeconds(5));
        Assert.NotNull((await SyncAsync(harness)).Additional);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("PrepareSyncAsync takes longer than 5 s", StringComparison.Ordinal));

        // Nobody waits for it again.
        harness.Downlink.SyncTrigger.Request();
        Assert.NotNull((await SyncAsync(harness)).Additional);
        harness.Handler.OnPrepare = null;
        released.Set();
    }

    [Fact]
    public async Task Call_of_RunAsync_does_not_wait_for_the_preparation()
    {
        await using var harness = new DownlinkHarness();
        // Not disposed: who waits for it may come when the test has ended.
        var released = new ManualResetEventSlim();
        harness.Handler.OnPrepare = _ => released.Wait();
        harness.Start();
        released.Set();
        (await harness.Server.SyncAsync()).Json("{}");
        await harness.Handler.SyncedAsync();
        harness.Handler.OnPrepare = null;
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static string Command(params string[] ids) =>
        "event: command\ndata: {\"controls\":[" +
        string.Join(',', ids.Select(id => $$"""{"action":"pause","taskId":"t","id":"{{id}}"}""")) +
        "]}\n\n";

    private static string After(ScriptedRequest request) => Assert.Single(request.Message.Headers.GetValues("Unarr-After"));

    private static async Task<IReadOnlyList<string>> AcknowledgedAsync(DownlinkHarness harness, TimeSpan? due, string answer = "{}")
    {
        if (due is { } time)
        {
            await harness.Time.PassAsync(time);
        }

        return (await SyncAsync(harness, answer)).AppliedControls!;
    }

    private static async Task<SyncRequest> SyncAsync(DownlinkHarness harness, string answer = "{}")
    {
        ScriptedRequest sync = await harness.NextSyncAsync(answer);
        return JsonSerializer.Deserialize(sync.Body!, ProtocolJson.SyncRequest)!;
    }
}
