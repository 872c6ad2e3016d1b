using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public class ShutdownTests
{
    [Theory]
    [InlineData(DownlinkMode.Stream, "events")]
    [InlineData(DownlinkMode.LongPoll, "wake")]
    [InlineData(DownlinkMode.Auto, "sync")]
    public async Task Cancelling_while_connections_are_cut_does_not_fault(DownlinkMode mode, string endpoint)
    {
        using var network = new CutWhenCancelledHandler();
        using var http = new HttpClient(network);
        var client = new ControlPlaneClient(
            http, new MirrorPool(["http://127.0.0.1:1"]), new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult("key") });
        var options = new DownlinkSettings { AgentId = "a", Mode = mode, ShutdownTimeout = TimeSpan.FromMilliseconds(1) };
        var downlink = new AgentDownlink(client, options, new NoHandler());
        using var end = new CancellationTokenSource();
        Task running = downlink.RunAsync(end.Token);
        await network.WaitForAsync(endpoint).WaitAsync(TimeSpan.FromSeconds(30));

        await end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(DownlinkState.Stopped, downlink.Status.State);
    }

    [Fact]
    public async Task Cancelling_ends_the_queue_also_when_the_handler_fails_for_it()
    {
        var handler = new FailingWhenCancelled();
        var telemetry = new DownlinkTelemetry(
            DownlinkInstruments.Default, new CoverRecord(TimeProvider.System), TimeProvider.System);
        var queue = new ControlQueue(
            handler, new ControlLedger(null, NullLogger.Instance), telemetry, TimeProvider.System, NullLogger.Instance);
        using var end = new CancellationTokenSource();
        await queue.AddStreamedAsync([new Control("pause")], null, CancellationToken.None);
        Task running = queue.RunAsync(end.Token);
        await handler.Started.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private sealed class FailingWhenCancelled : DownlinkHandler
    {
        public TaskCompletionSource Started { get; } = new();

        public override async ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
        {
            Started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new InvalidOperationException("half done");
        }
    }

    private sealed class NoHandler : DownlinkHandler
    {
        public override ValueTask HandleControlAsync(
            Control control, ControlDelivery delivery, CancellationToken cancellationToken) => default;
    }
}
