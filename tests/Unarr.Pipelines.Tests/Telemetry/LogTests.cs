using System.IO.Pipelines;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Observing;
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
            line => Assert.StartsWith("Information The downlink is connecting, route none", line, StringComparison.Ordinal),
            line => Assert.StartsWith(
                "Information The downlink is live, route sse, on https://a.example/: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Information The downlink is waiting, route none", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_allocated_by_any_message_while_its_level_is_off()
    {
        var onMirror = new DownlinkStatus
        {
            Routes = DownlinkRoutes.Stream,
            State = DownlinkState.Live,
            Server = new Uri("https://a.example"),
            Reason = "reason"
        };
        var none = new DownlinkStatus { State = DownlinkState.Waiting, Reason = "reason" };
        var exception = new IOException();
        NullLogger logger = NullLogger.Instance;
        Action[] messages =
        [
            () => DownlinkLog.StatusChanged(logger, none),
            () => DownlinkLog.StatusChanged(logger, onMirror),
            () => DownlinkLog.ControlFailed(logger, "action", "task", "id", exception),
            () => DownlinkLog.CommandDropped(logger, "reason"),
            () => DownlinkLog.SyncFailed(logger, SyncReason.Event, "error"),
            () => DownlinkLog.ShutdownTimedOut(logger),
            () => DownlinkLog.NotificationFailed(logger, "OnSyncedAsync", exception),
            () => DownlinkLog.ExchangeFaulted(logger, "stream", exception),
            () => DownlinkLog.SyncsWait(logger, 300),
            () => DownlinkLog.LedgerNotWritten(logger, "reason"),
            () => DownlinkLog.LedgerLinesDropped(logger, "path", 1, 2, "reason"),
            () => DownlinkLog.PrepareIsSlow(logger, 5),
            () => DownlinkLog.SyncedIsSlow(logger, 5),
            () => DownlinkLog.EventFailed(logger, "type", exception),
            () => DownlinkLog.NotificationsLeftOut(logger, 1),
            () => DownlinkLog.NotAcknowledged(logger),
            () => DownlinkLog.KeyFileUnusable(logger, "path", "reason"),
            () => DownlinkLog.KeyFileUsable(logger, "path"),
        ];
        Assert.Equal(Messages(typeof(DownlinkLog)), messages.Length);

        foreach (Action message in messages)
        {
            message();
            long before = GC.GetAllocatedBytesForCurrentThread();
            message();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        static int Messages(Type log) =>
            log.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Count(
                method => method.IsDefined(typeof(LoggerMessageAttribute)));
    }
}
