using System.IO.Pipelines;
using System.Text;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Pipelines.AspNetCore;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class HeartbeatWheelTests : IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Step = Heartbeat / 64;

    private readonly LateTimeProvider _time = new();
    private readonly ExpiryTimes _expiries = new(TimeProvider.System);
    private readonly StreamReleases _releases = new();
    private readonly List<(AgentStream Stream, Pipe Pipe, Task Running)> _streams = [];

    public void Dispose()
    {
        _expiries.Dispose();
        _releases.Dispose();
    }

    [Theory]
    [InlineData(1, "1 0 0")]
    [InlineData(2, "1 1 0")]
    [InlineData(3, "1 1 1")]
    [InlineData(64, "1 1 1")]
    [InlineData(65, "2 1 1")]
    public async Task Heartbeats_of_streams_are_spread_over_the_interval(int steps, string beats)
    {
        using HeartbeatWheel wheel = Wheel(streams: 3);
        for (int step = 0; step < steps; step++)
        {
            _time.TickAfter(Step);
        }

        Assert.Equal(beats, await BeatsAsync());
    }

    [Theory]
    [InlineData(0.49, "0")]
    [InlineData(0.5, "1")]
    [InlineData(0.99, "1")]
    public async Task Tick_that_is_less_than_half_a_step_early_beats(double steps, string beats)
    {
        using HeartbeatWheel wheel = Wheel(streams: 1);
        _time.TickAfter(Step * steps);
        Assert.Equal(beats, await BeatsAsync());
    }

    [Fact]
    public async Task Tick_after_a_long_pause_beats_each_stream_once()
    {
        using HeartbeatWheel wheel = Wheel(streams: 3);
        _time.TickAfter(10 * Heartbeat);
        Assert.Equal("1 1 1", await BeatsAsync());
    }

    [Fact]
    public async Task Stream_that_was_removed_beats_no_more()
    {
        using HeartbeatWheel wheel = Wheel(streams: 2);
        _time.TickAfter(Heartbeat);
        wheel.Remove(_streams[0].Stream);
        _time.TickAfter(Heartbeat);
        Assert.Equal("1 2", await BeatsAsync());
    }

    private HeartbeatWheel Wheel(int streams)
    {
        HeartbeatWheel wheel = new(Heartbeat, _time);
        for (int i = 0; i < streams; i++)
        {
            Pipe pipe = new();
            PendingControls pending = new(new InMemoryControlStore(), _expiries, TimeProvider.System);
            StreamFeed feed = new("a1", new DeliveryOrder(), pending, after: "");
            AgentStream stream = new(pipe.Writer, feed, () => { }, Heartbeat, _releases, _time);
            wheel.Add(stream);
            _streams.Add((stream, pipe, stream.ServeAsync()));
        }

        return wheel;
    }

    /// <summary>Ends the streams.</summary>
    /// <returns>How many heartbeats each has written.</returns>
    private async Task<string> BeatsAsync()
    {
        List<int> beats = [];
        foreach ((AgentStream stream, Pipe pipe, Task running) in _streams)
        {
            stream.End();
            await running.WaitAsync(TimeSpan.FromSeconds(30));
            await pipe.Writer.CompleteAsync();
            ReadResult read = await pipe.Reader.ReadAtLeastAsync(int.MaxValue);
            beats.Add(Encoding.UTF8.GetString(read.Buffer).Split(": hb").Length - 1);
        }

        return string.Join(' ', beats);
    }
}
