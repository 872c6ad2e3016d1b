using System.IO.Pipelines;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>A downlink that leaves every extension out, for a server that knows the protocol's first version alone.</summary>
public sealed class ExtensionsTests
{
    private static readonly string[] FirstVersion = ["agentId", "name", "version", "os", "arch", "disk"];

    [Fact]
    public async Task Requests_carry_no_header_and_no_member_of_an_extension()
    {
        await using DownlinkHarness harness = Make();
        harness.Handler.OnPrepare = RecordingHandler.AddDisk;
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, """
            event: command
            data: {"controls":[{"action":"a","taskId":"t1","id":"c1"}]}


            """);
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        harness.Downlink.SyncTrigger.Request();
        ScriptedRequest sync = await harness.Server.SyncAsync();
        sync.Json($$"""{"controls":[{"action":"a","taskId":"t2","id":"c2"},{"id":"c3","action":"{{new string('x', 1025)}}"}]}""");
        Assert.Equal("t2", (await harness.Handler.ControlAsync()).TaskId);
        await harness.Handler.SyncedAsync();
        harness.Downlink.SyncTrigger.Request();
        (await harness.Server.SyncAsync()).Json("{}");

        Assert.True(harness.Server.Requests.Count >= 4);
        foreach (ScriptedRequest request in harness.Server.Requests)
        {
            Assert.DoesNotContain("Unarr-After", request.Message.Headers.Select(header => header.Key));
            Assert.All(
                request.Body is { } body ? JsonElement.Parse(body).EnumerateObject().Select(member => member.Name) : [],
                name => Assert.Contains(name, FirstVersion));
        }
    }

    [Fact]
    public async Task Control_that_fails_for_good_makes_no_sync_and_the_ledger_never_fills()
    {
        await using DownlinkHarness harness = Make();
        PipeWriter stream = await harness.StartLiveAsync();
        for (int command = 0; command < 6; command++)
        {
            string controls = string.Join(',', Enumerable.Range(command * 1000, 1000).Select(id => $$"""{"taskId":"t","id":"c{{id}}"}"""));
            await DownlinkHarness.SendAsync(stream, $$"""
                event: command
                data: {"controls":[{{controls}}]}


                """);
        }

        for (int control = 0; control < 6000; control++)
        {
            await harness.Handler.ControlAsync();
        }

        Assert.False(harness.Server.HasPending("sync"));
    }

    [Fact]
    public async Task What_the_last_sync_brings_is_applied_for_no_other_would_bring_it()
    {
        await using DownlinkHarness harness = Make();
        await harness.StartLiveAsync();
        Task running = await harness.CancelAsync();
        await harness.AnswerSyncAsync(SyncReason.Shutdown, """{"controls":[{"action":"pause","taskId":"t1","id":"c1"}]}""");
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        await harness.EndedAsync(running);
    }

    private static DownlinkHarness Make() => new(options => options with { Extensions = false });
}
