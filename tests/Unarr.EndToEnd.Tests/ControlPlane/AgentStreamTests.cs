using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.AspNetCore;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class AgentStreamTests : IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly InMemoryControlStore _store = new();
    private readonly DeliveryOrder _order = new();
    private readonly ExpiryTimes _expiries = new(TimeProvider.System);
    private readonly StreamReleases _releases = new();
    private int _pushed;

    public void Dispose()
    {
        _expiries.Dispose();
        _releases.Dispose();
    }

    [Fact]
    public async Task Reader_that_takes_nothing_for_two_intervals_is_cut_off_and_nothing_is_kept_for_it()
    {
        FakeTimeProvider time = new();
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 512, resumeWriterThreshold: 256, useSynchronizationContext: false));
        bool cut = false;
        StreamFeed feed = Feed();
        AgentStream stream = new(
            pipe.Writer,
            feed,
            () =>
            {
                cut = true;
                pipe.Reader.Complete();
            },
            Heartbeat,
            _releases,
            time);
        using HeartbeatWheel wheel = new(Heartbeat, time);
        wheel.Add(stream);
        Task running = stream.ServeAsync();
        for (int i = 0; i < 1_000; i++)
        {
            await PushAsync(stream, new string('t', 400));
            stream.Nudge("operator");
        }

        // Bytes that can be seen were flushed: from here on the stream waits for its reader.
        ReadResult read = await pipe.Reader.ReadAtLeastAsync(512).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        pipe.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.Start);

        time.Advance((2 * Heartbeat) - TimeSpan.FromSeconds(1));
        Assert.False(cut);
        time.Advance(Heartbeat + TimeSpan.FromSeconds(1));
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(cut);
    }

    [Fact]
    public async Task Slow_reader_gets_every_control_once_and_in_order()
    {
        FakeTimeProvider time = new();
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 512, resumeWriterThreshold: 256, useSynchronizationContext: false));
        AgentStream stream = new(pipe.Writer, Feed(), () => { }, Heartbeat, _releases, time);
        Task running = stream.ServeAsync();
        for (int i = 0; i < 600; i++)
        {
            await PushAsync(stream, $"t{i:000}{new string('t', 400)}");
        }

        StringBuilder text = new();
        while (!text.ToString().Contains("t599", StringComparison.Ordinal))
        {
            ReadResult read = await pipe.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            text.Append(Encoding.UTF8.GetString(read.Buffer.ToArray()));
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        stream.End();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        string[] tasks = [.. text.ToString().Split("\"taskId\":\"").Skip(1).Select(rest => rest[..4])];
        Assert.Equal(Enumerable.Range(0, 600).Select(i => $"t{i:000}"), tasks);
        Assert.DoesNotContain("event: sync", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_look_carries_all_that_is_pending_in_as_many_commands_as_it_takes()
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        AgentStream stream = new(pipe.Writer, Feed(), () => { }, Heartbeat, _releases, new FakeTimeProvider());
        int most = PageSize.Command.Controls;
        ControlRecord[] pending =
        [
            .. Enumerable.Range(0, (2 * most) + 1)
                .Select(i => Record(new("pause", $"t{i}") { Id = $"id-{i}" })),
        ];
        Assert.Equal(PushStatus.Queued, (await _store.AddAsync(pending, pending.Length, default))[0].Status);

        Task running = stream.ServeAsync();
        StringBuilder text = new();
        while (!text.ToString().Contains($"\"t{2 * most}\"", StringComparison.Ordinal))
        {
            text.Append(await PieceAsync(pipe.Reader));
        }

        stream.End();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(3, text.ToString().Split("event: command\n").Length - 1);
        Assert.Equal(pending.Length, text.ToString().Split("\"taskId\"").Length - 1);
    }

    [Fact]
    public async Task Event_is_followed_by_a_comment_in_a_write_of_its_own()
    {
        FakeTimeProvider time = new();

        // The second write waits until the first was read.
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        AgentStream stream = new(pipe.Writer, Feed(), () => { }, Heartbeat, _releases, time);
        Task running = stream.ServeAsync();
        Assert.StartsWith(": connected", await PieceAsync(pipe.Reader), StringComparison.Ordinal);

        stream.Nudge("operator");
        Assert.Equal("event: sync\ndata: {\"reason\":\"operator\"}\n\n", await PieceAsync(pipe.Reader));
        Assert.Equal(": hb\n", await PieceAsync(pipe.Reader));
        await PushAsync(stream, "t1");
        Assert.StartsWith("event: command\n", await PieceAsync(pipe.Reader), StringComparison.Ordinal);
        Assert.Equal(": hb\n", await PieceAsync(pipe.Reader));

        // One for each event, and none for a comment.
        stream.Beat();
        Assert.Equal(": hb\n", await PieceAsync(pipe.Reader));
        stream.End();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        await pipe.Writer.CompleteAsync();
        Assert.Equal("", await PieceAsync(pipe.Reader));
    }

    [Fact]
    public async Task Heartbeats_keep_their_interval_when_the_timer_is_late_again_and_again()
    {
        LateTimeProvider time = new();
        Pipe pipe = new();
        AgentStream stream = new(pipe.Writer, Feed(), () => { }, Heartbeat, _releases, time);
        using HeartbeatWheel wheel = new(Heartbeat, time);
        wheel.Add(stream);
        Task running = stream.ServeAsync();

        // Each tick is as late as four of them: a timer skips what it could not do in time.
        TimeSpan late = Heartbeat / 16;
        for (int tick = 0; tick < 16 * 10; tick++)
        {
            time.TickAfter(late);
        }

        stream.End();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        await pipe.Writer.CompleteAsync();
        ReadResult read = await pipe.Reader.ReadAtLeastAsync(int.MaxValue);
        Assert.Equal(10, Encoding.UTF8.GetString(read.Buffer.ToArray()).Split(": hb").Length - 1);
    }

    private StreamFeed Feed()
    {
        StreamFeed feed = new("a1", _order, new PendingControls(_store, _expiries, TimeProvider.System), after: "");
        _order.Open(feed.Cursor);
        return feed;
    }

    private async Task PushAsync(AgentStream stream, string taskId)
    {
        ControlRecord record = Record(new("pause", taskId) { Id = $"id-{_pushed++}" });
        Assert.Equal(PushStatus.Queued, (await _store.AddAsync([record], 4096, default))[0].Status);
        stream.Look();
    }

    private static ControlRecord Record(Control control) =>
        new() { AgentId = "a1", Control = control, State = ControlState.Pending };

    private static async Task<string> PieceAsync(PipeReader reader)
    {
        ReadResult read = await reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        string piece = Encoding.UTF8.GetString(read.Buffer.ToArray());
        reader.AdvanceTo(read.Buffer.End);
        return piece;
    }
}
