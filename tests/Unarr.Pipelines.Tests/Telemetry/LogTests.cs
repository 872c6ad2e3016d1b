using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Tests.Downlink;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

public sealed class LogTests
{
    [Fact]
    public async Task Each_change_of_the_route_is_one_line_and_a_heartbeat_is_none()
    {
        await using var harness = new DownlinkHarness();
        PipeWriter stream = await harness.StartLiveAsync();
        for (int beat = 0; beat < 100; beat++)
        {
            await DownlinkHarness.SendAsync(stream, ": hb\n");
        }

        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("t1"));
        await harness.Handler.ControlAsync();
        await stream.CompleteAsync();
        await harness.Handler.StatusAsync(DownlinkState.Waiting);

        Assert.Collection(
            harness.Logger.Lines,
            line => Assert.StartsWith("Information Downlink is Connecting (None)", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Information Downlink is Live (Sse) on https://a.example/: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Information Downlink is Waiting (None)", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_allocated_while_a_level_is_off()
    {
        var status = new DownlinkStatus(DownlinkRoute.Sse, DownlinkState.Live, new Uri("https://a.example"), "reason");
        Log();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Log();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Log()
        {
            DownlinkLog.StatusChanged(NullLogger.Instance, status);
            DownlinkLog.SyncFailed(NullLogger.Instance, SyncReason.Event, "error");
            DownlinkLog.LedgerLineDropped(NullLogger.Instance, "path", 1, "reason");
        }
    }
}
