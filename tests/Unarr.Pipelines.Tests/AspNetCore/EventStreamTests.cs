using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Unarr.Pipelines.AspNetCore;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>One stream over a pipe that takes a flush only when its reader has taken the one before.</summary>
public sealed class EventStreamTests : IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
    private readonly EventStream _stream;
    private readonly EventStreamMeasures _measures = new(null, NullLogger.Instance, "");
    private readonly HeartbeatWheel _wheel;
    private int _aborts;

    public EventStreamTests()
    {
        _stream = new EventStream(_pipe.Writer, Abort, Heartbeat, _time);
        _wheel = new HeartbeatWheel(Heartbeat, _time);
    }

    public void Dispose()
    {
        _wheel.Dispose();
        _stream.Dispose();
    }

    [Theory]
    [InlineData(SseOverflow.DropOldest, "3 4 5", 0)]
    [InlineData(SseOverflow.DropNewest, "1 2 3", 0)]
    [InlineData(SseOverflow.Disconnect, "", 1)]
    public async Task Mailbox_that_is_full_follows_its_policy(SseOverflow overflow, string events, int aborts)
    {
        using SseBroadcast broadcast = new(new SseBroadcastOptions { MaxUnsentEvents = 3, Overflow = overflow });
        Task running = _stream.RunAsync(broadcast.Join(_stream, _measures, null));
        for (int i = 1; i <= 5; i++)
        {
            broadcast.Send(Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
        }

        broadcast.Dispose();
        string text = await ReadAllAsync(running);
        Assert.Equal(": connected hb=16000\n" + string.Concat(events.Split(' ').Where(e => e != "").Select(e => $"data: {e}\n\n")), text);
        Assert.Equal(aborts, _aborts);
        Assert.Equal(aborts == 0 ? StreamEnd.Completed : StreamEnd.Overflow, _stream.EndReason);
    }

    [Fact]
    public async Task As_many_events_may_wait_as_the_bound_says()
    {
        using SseBroadcast broadcast = new(new SseBroadcastOptions { MaxUnsentEvents = 100 });
        Task running = _stream.RunAsync(broadcast.Join(_stream, _measures, null));
        for (int i = 0; i < 100; i++)
        {
            broadcast.Send("x"u8);
        }

        broadcast.Dispose();
        Assert.Equal(101, (await ReadAllAsync(running)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(0, _aborts);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    public async Task Reader_that_takes_nothing_for_two_heartbeats_is_cut(int heartbeats, int aborts)
    {
        using SseBroadcast broadcast = new();
        Task running = _stream.RunAsync(broadcast.Join(_stream, _measures, null));
        _wheel.Add(_stream);
        for (int i = 0; i < heartbeats; i++)
        {
            _time.Advance(Heartbeat - TimeSpan.FromTicks(1));
        }

        Assert.Equal(aborts, _aborts);
        _wheel.Remove(_stream);
        _stream.Cut(StreamEnd.Gone);
        await running.WaitAsync(Deadline);
        Assert.Equal(aborts == 0 ? StreamEnd.Gone : StreamEnd.Stuck, _stream.EndReason);
    }

    [Fact]
    public async Task Stream_that_has_finished_cuts_nothing_any_more()
    {
        using SseBroadcast broadcast = new();
        Task running = _stream.RunAsync(broadcast.Join(_stream, _measures, null));
        broadcast.Dispose();
        await ReadAllAsync(running);
        _stream.Cut(StreamEnd.Overflow);
        _stream.Stop();
        Assert.Equal(0, _aborts);
        Assert.Equal(StreamEnd.Completed, _stream.EndReason);
    }

    [Fact]
    public void Wheel_without_streams_has_no_timer_and_starts_again()
    {
        CountingTimeProvider time = new();
        using HeartbeatWheel wheel = new(Heartbeat, time);
        Assert.False(time.IsRunning);
        wheel.Add(_stream);
        Assert.True(time.IsRunning);
        wheel.Remove(_stream);
        wheel.Remove(_stream);
        Assert.False(time.IsRunning);
        wheel.Add(_stream);
        Assert.True(time.IsRunning);
    }

    private void Abort()
    {
        _aborts++;
        _pipe.Writer.CancelPendingFlush();
    }

    private async Task<string> ReadAllAsync(Task running)
    {
        StringBuilder text = new();
        Task ended = running.ContinueWith(_ => _pipe.Writer.Complete(), TaskScheduler.Default);
        ReadResult read;
        do
        {
            read = await _pipe.Reader.ReadAsync();
            text.Append(Encoding.UTF8.GetString(read.Buffer));
            _pipe.Reader.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);
        await ended.WaitAsync(Deadline);
        return text.ToString();
    }
}
