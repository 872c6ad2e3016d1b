using System.Diagnostics;
using System.IO.Pipelines;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Downlink;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

public sealed class ActivityTests
{
    [Fact]
    public async Task Control_is_a_trace_of_its_own_linked_to_the_stream_that_brought_it()
    {
        using var recorded = new RecordedActivities();
        using Activity around = new Activity("the caller's").Start();
        string task = Guid.NewGuid().ToString();
        Activity? seen = null;
        Activity control;
        Activity stream;
        await using (var harness = new DownlinkHarness())
        {
            harness.Handler.OnControl = (_, _) =>
            {
                seen = Activity.Current;
                throw new InvalidOperationException("cannot");
            };
            PipeWriter writer = await harness.StartLiveAsync();
            await DownlinkHarness.SendAsync(writer, DownlinkHarness.Command(task));
            await harness.Handler.ControlAsync();
            control = recorded.Control(task);
            stream = recorded.Origin(control);
            Assert.False(stream.IsStopped);
        }

        Assert.Equal("downlink control", control.DisplayName);
        Assert.Same(control, seen);
        Assert.Equal((ActivityStatusCode.Error, "cannot"), (control.Status, control.StatusDescription));
        Assert.Equal("pause", control.GetTagItem("unarr.control.action"));
        Assert.Equal("sse", control.GetTagItem("unarr.source"));
        Assert.Equal("downlink stream", stream.DisplayName);
        Assert.True(stream.IsStopped);
        Assert.Null(control.ParentId);
        Assert.Null(stream.ParentId);
    }

    [Fact]
    public async Task Sync_is_linked_to_the_open_stream_and_its_controls_to_the_sync()
    {
        using var recorded = new RecordedActivities();
        string task = Guid.NewGuid().ToString();
        await using var harness = new DownlinkHarness();
        PipeWriter writer = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(writer, "event: sync\ndata: {}\n\n");
        await harness.AnswerSyncAsync(SyncReason.Event, $$"""{"controls":[{"action":"pause","taskId":"{{task}}"}]}""");
        await harness.Handler.ControlAsync();

        Activity sync = recorded.Origin(recorded.Control(task));
        Assert.Equal("downlink sync", sync.DisplayName);
        Assert.Equal(("event", 1), (sync.GetTagItem("unarr.sync.reason"), sync.GetTagItem("unarr.sync.controls")));
        Assert.Equal("downlink stream", recorded.Origin(sync).DisplayName);
    }
}
