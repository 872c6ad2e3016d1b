using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.Hub;

/// <summary>Two nodes on one store, which hear of each other.</summary>
public sealed class NodesTests
{
    private readonly InMemoryControlStore _store = new();
    private readonly Line _line = new();

    [Fact]
    public async Task Push_at_one_node_reaches_the_stream_and_the_poll_at_the_other()
    {
        await using RunningBackend one = await StartAsync();
        await using RunningBackend other = await StartAsync();
        await _line.UntilListeningAsync(2);
        await using AgentEvents events = await other.OpenStreamAsync("a1");
        Task<Answer> poll = other.WakeAsync("a1");

        PushResult result = await one.Hub.PushAsync("a1", new Control("pause"));

        Assert.Contains(result.ControlIds[0], await events.NextAsync(), StringComparison.Ordinal);
        Assert.True((await poll).Wake);
        Assert.Equal([result.ControlIds[0]], (await one.SyncAsync("a1", after: "")).ControlIds);
        Assert.Contains(("a1", AgentSignalKind.Pushed, result.LastSequence), _line.Sent);
        Assert.Contains(_line.Sent, signal => signal is { Agent: "a1", Kind: AgentSignalKind.Taken });
    }

    [Fact]
    public void Changes_that_the_others_are_not_told_of_are_one_line_a_second()
    {
        FakeTimeProvider time = new();
        ConcurrentQueue<string> lines = [];
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(new LineLog(lines.Enqueue)));
        using NodeSignals signals = new(new BrokenSignals(), time, loggers.CreateLogger<NodeSignals>());
        for (int i = 0; i < 100; i++)
        {
            signals.Publish(AgentSignalKind.Pushed, $"a{i}", i);
        }

        Assert.Contains("not told of 1 change(s)", Assert.Single(lines), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, lines.Count);
        Assert.Contains("not told of 99 change(s)", lines.Last(), StringComparison.Ordinal);
        Assert.Contains("of agent a99: it is away", lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_whose_signal_is_lost_is_found_when_the_node_listens_again()
    {
        await using RunningBackend one = await StartAsync();
        await using RunningBackend other = await StartAsync(hub => hub.Services.AddHealthChecks().AddAgentHub());
        await _line.UntilListeningAsync(2);
        await using AgentEvents events = await other.OpenStreamAsync("a1");
        _line.Break();
        HealthCheckService health = other.Services.GetRequiredService<HealthCheckService>();
        while ((await health.CheckHealthAsync()).Status != HealthStatus.Degraded)
        {
            await Task.Yield();
        }

        PushResult result = await one.Hub.PushAsync("a1", new Control("pause"));
        Task<string?> command = CommandAsync(events);
        while (!command.IsCompleted)
        {
            other.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(command, Task.Run(() => { }));
        }

        Assert.Contains(result.ControlIds[0], await command, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task Signals_that_cannot_be_sent_cost_no_push()
    {
        await using RunningBackend one = await StartAsync();
        _line.FailsToSend = true;
        Assert.Equal(PushStatus.Queued, (await one.Hub.PushAsync("a1", new Control("pause"))).Status);
    }

    [Fact]
    public async Task Streams_end_spread_over_the_drain_time_and_new_ones_go_to_another_node()
    {
        await using RunningBackend node = await StartAsync();
        Assert.True(node.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout >= TimeSpan.FromSeconds(15));
        List<AgentEvents> streams = [];
        for (int i = 0; i < 4; i++)
        {
            streams.Add(await node.OpenStreamAsync($"a{i}"));
        }

        node.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.Null(await streams[0].NextAsync());
        Answer refused = await node.WakeAsync("a9");
        Assert.Equal(503, refused.Status);
        Assert.Null(refused.Headers.RetryAfter);
        Assert.Equal(200, (await node.SyncAsync("a9")).Status);
        for (int i = 1; i < 4; i++)
        {
            Task<string?> next = streams[i].NextAsync();
            node.Time.Advance(TimeSpan.FromSeconds(2.4));
            Assert.False(next.IsCompleted);
            node.Time.Advance(TimeSpan.FromSeconds(0.1));
            Assert.Null(await next);
        }

        foreach (AgentEvents stream in streams)
        {
            await stream.DisposeAsync();
        }
    }

    private static async Task<string?> CommandAsync(AgentEvents events)
    {
        string? frame;
        do
        {
            frame = await events.NextAsync();
        }
        while (frame == ": hb");
        return frame;
    }

    private Task<RunningBackend> StartAsync(Action<AgentHubBuilder>? configure = null) => RunningBackend.StartAsync(
        hub =>
        {
            hub.UseStore(_store).UseSignals(_ => new LineSignals(_line));
            configure?.Invoke(hub);
        },
        options => options.Heartbeat = TimeSpan.FromMinutes(5));

    /// <summary>What carries the signals.</summary>
    private sealed class Line
    {
        private readonly ConcurrentDictionary<object, Channel<AgentSignal>> _listeners = new();

        public ConcurrentQueue<(string Agent, AgentSignalKind Kind, long Sequence)> Sent { get; } = [];

        public bool FailsToSend { get; set; }

        public void Send(object sender, AgentSignal signal)
        {
            if (FailsToSend)
            {
                throw new IOException("The line is down.");
            }

            Sent.Enqueue((signal.AgentId, signal.Kind, signal.Sequence));
            foreach ((object listener, Channel<AgentSignal> channel) in _listeners)
            {
                if (listener != sender)
                {
                    channel.Writer.TryWrite(signal);
                }
            }
        }

        public async IAsyncEnumerable<AgentSignal> ListenAsync(
            object listener, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Channel<AgentSignal> channel = _listeners[listener] = Channel.CreateUnbounded<AgentSignal>();
            await foreach (AgentSignal signal in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return signal;
            }
        }

        public void Break()
        {
            foreach ((object listener, Channel<AgentSignal> channel) in _listeners)
            {
                _listeners.TryRemove(listener, out _);
                channel.Writer.Complete(new IOException("The line is down."));
            }
        }

        public async Task UntilListeningAsync(int nodes)
        {
            while (_listeners.Count < nodes)
            {
                await Task.Yield();
            }
        }
    }

    private sealed class LineSignals(Line line) : AgentSignals
    {
        public override ValueTask PublishAsync(AgentSignal signal, CancellationToken cancellationToken)
        {
            line.Send(this, signal);
            return ValueTask.CompletedTask;
        }

        public override IAsyncEnumerable<AgentSignal> ListenAsync(CancellationToken cancellationToken) =>
            line.ListenAsync(this, cancellationToken);
    }

    private sealed class BrokenSignals : AgentSignals
    {
        public override ValueTask PublishAsync(AgentSignal signal, CancellationToken cancellationToken) =>
            throw new IOException("it is away");

        public override IAsyncEnumerable<AgentSignal> ListenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
