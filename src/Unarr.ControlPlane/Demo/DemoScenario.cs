using System.Diagnostics;
using System.Globalization;
using Unarr.Agents.Downlink;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Hosting;

namespace Unarr.ControlPlane.Demo;

/// <summary>What the demo shows, step by step; a step that does not come true in its time ends it.</summary>
internal sealed class DemoScenario(DemoNarrator narrator)
{
    private const string AgentId = "demo-agent";

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(15);

    private readonly DemoAgent _agent = new(narrator);
    private int _controls;

    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        // Keys of this process alone: nobody else gets to know them.
        string key = Guid.NewGuid().ToString("N");
        ApiKeys keys = new(Guid.NewGuid().ToString("N"), new Dictionary<string, string> { [AgentId] = key });
        await using ControlPlaneHost host = new(
            new ControlPlaneOptions { Keys = keys, Heartbeat = Heartbeat, WakeHold = TimeSpan.FromSeconds(5) });
        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        await using BufferingRelay relay = await BufferingRelay.StartAsync(host.BaseAddress).ConfigureAwait(false);
        narrator.Tell($"control plane on {host.BaseAddress}, agent behind a middlebox on {relay.Address}");
        narrator.Tell("times are scaled down: heartbeat from 15 s to 1 s, liveness from 37.5 s to 2.5 s, window from 5 min to 3 s");

        DownlinkServices services = new() { GetApiKey = _ => ValueTask.FromResult(key) };
        AgentDownlink downlink = new(Options(relay.Address), _agent, services);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = downlink.RunAsync(stop.Token);
        try
        {
            await ShowAsync(host, relay, cancellationToken).ConfigureAwait(false);
            narrator.Heading($"Every step happened: {_controls} of {_controls} controls arrived, none twice.");
            return true;
        }
        catch (DemoFailedException exception)
        {
            narrator.Heading($"FAILED: {exception.Message}");
            return false;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
    }

    private static DownlinkOptions Options(Uri server) => new()
    {
        Servers = [server],
        AgentId = AgentId,
        ReconnectDelay = TimeSpan.FromMilliseconds(200),
        PollRetryDelay = TimeSpan.FromMilliseconds(200),
        FirstFrameGrace = TimeSpan.FromMilliseconds(500),
        LivenessTimeout = 2.5 * Heartbeat,
        FallbackWindow = TimeSpan.FromSeconds(3),
        // Rare, so that what arrives arrives by push.
        SyncInterval = TimeSpan.FromMinutes(1),
    };

    private async Task ShowAsync(ControlPlaneHost host, BufferingRelay relay, CancellationToken cancellationToken)
    {
        narrator.Heading("The path is good: controls arrive on the stream.");
        await UntilAsync(status => status.State == DownlinkState.Live, "the stream to become live", cancellationToken)
            .ConfigureAwait(false);
        for (int control = 0; control < 3; control++)
        {
            await Task.Delay(Heartbeat / 2, cancellationToken).ConfigureAwait(false);
            await PushAsync(host, ControlRoute.Stream, cancellationToken).ConfigureAwait(false);
        }

        narrator.Heading("The middlebox starts to buffer the stream: after status 200, no more bytes arrive.");
        relay.Mute();
        await UntilAsync(status => status.Routes.HasFlag(DownlinkRoutes.LongPoll), "the long-poll to take over", cancellationToken)
            .ConfigureAwait(false);
        await PushAsync(host, ControlRoute.Sync, cancellationToken).ConfigureAwait(false);
        await UntilAsync(status => status.State == DownlinkState.Polling, "the stream to be given up", cancellationToken)
            .ConfigureAwait(false);
        for (int control = 0; control < 5; control++)
        {
            await PushAsync(host, ControlRoute.Sync, cancellationToken).ConfigureAwait(false);
            await Task.Delay(2 * Heartbeat, cancellationToken).ConfigureAwait(false);
        }

        narrator.Heading("The path heals: a stream is tried alongside the long-poll, and gets through again.");
        relay.Heal();
        await UntilAsync(status => status.Routes == DownlinkRoutes.Stream, "the stream to come back", cancellationToken)
            .ConfigureAwait(false);
        await Task.Delay(Heartbeat / 2, cancellationToken).ConfigureAwait(false);
        await PushAsync(host, ControlRoute.Stream, cancellationToken).ConfigureAwait(false);
    }

    private async Task PushAsync(ControlPlaneHost host, ControlRoute expected, CancellationToken cancellationToken)
    {
        string task = $"task-{++_controls}";
        long pushed = Stopwatch.GetTimestamp();
        await host.PushAsync(AgentId, [new Control("cancel", task)], cancellationToken).ConfigureAwait(false);
        (Control control, ControlRoute source) = await WithinAsync(
            _agent.Controls.ReadAsync(cancellationToken).AsTask(), $"the control for {task} to arrive").ConfigureAwait(false);
        double milliseconds = Stopwatch.GetElapsedTime(pushed).TotalMilliseconds;
        if (control.TaskId != task || source != expected)
        {
            throw new DemoFailedException(
                $"expected the control for {task} by {expected}, but the control for {control.TaskId} arrived by {source}.");
        }

        string way = source == ControlRoute.Stream ? "on the stream" : "by a sync that the long-poll woke";
        narrator.Tell(string.Create(
            CultureInfo.InvariantCulture, $"control '{control.Action} {control.TaskId}' arrived after {milliseconds:0.0} ms, {way}"));
    }

    private async Task UntilAsync(Func<DownlinkStatus, bool> holds, string what, CancellationToken cancellationToken)
    {
        DownlinkStatus status;
        do
        {
            status = await WithinAsync(_agent.Statuses.ReadAsync(cancellationToken).AsTask(), what).ConfigureAwait(false);
        }
        while (!holds(status));
    }

    private static async Task<T> WithinAsync<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(StepTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new DemoFailedException($"waited {StepTime.TotalSeconds} s for {what}.");
        }
    }
}
