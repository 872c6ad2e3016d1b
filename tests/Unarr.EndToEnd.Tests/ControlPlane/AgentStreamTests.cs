using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Unarr.ControlPlane.Agents;
using Unarr.Pipelines.Protocol;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class AgentStreamTests
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Reader_that_takes_nothing_for_two_intervals_is_cut_off_and_the_mailbox_does_not_grow()
    {
        FakeTimeProvider time = new();
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 512, resumeWriterThreshold: 256, useSynchronizationContext: false));
        bool cut = false;
        AgentStream stream = new(
            pipe.Writer,
            () =>
            {
                cut = true;
                pipe.Reader.Complete();
            },
            Heartbeat,
            time);
        using HeartbeatWheel wheel = new(Heartbeat, time);
        wheel.Add(stream);
        Task running = stream.RunAsync();
        for (int i = 0; i < 10_000; i++)
        {
            stream.Send([new ControlAction { Action = "pause", TaskId = new string('t', 400), Id = "id" }]);
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
    public async Task What_a_slow_reader_missed_is_replaced_by_one_sync_and_nothing_overtakes_it()
    {
        FakeTimeProvider time = new();
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 512, resumeWriterThreshold: 256, useSynchronizationContext: false));
        AgentStream stream = new(pipe.Writer, () => { }, Heartbeat, time);
        Task running = stream.RunAsync();
        for (int i = 0; i < 200; i++)
        {
            stream.Send([new ControlAction { Action = "pause", TaskId = $"t{i:000}{new string('t', 400)}", Id = "id" }]);
        }

        StringBuilder text = new();
        while (!text.ToString().Contains("missed", StringComparison.Ordinal))
        {
            ReadResult read = await pipe.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            text.Append(Encoding.UTF8.GetString(read.Buffer.ToArray()));
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        stream.End();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        string[] tasks = [.. text.ToString().Split("\"taskId\":\"").Skip(1).Select(rest => rest[..4])];
        Assert.InRange(tasks.Length, 1, 199);
        Assert.Equal(Enumerable.Range(0, tasks.Length).Select(i => $"t{i:000}"), tasks);
        Assert.Single(text.ToString().Split("\"missed\"").Skip(1));
    }

    [Fact]
    public async Task Heartbeats_keep_their_interval_when_the_timer_is_late_again_and_again()
    {
        LateTimeProvider time = new();
        Pipe pipe = new();
        AgentStream stream = new(pipe.Writer, () => { }, Heartbeat, time);
        using HeartbeatWheel wheel = new(Heartbeat, time);
        wheel.Add(stream);
        Task running = stream.RunAsync();

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
}
