using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Unarr.Pipelines.AspNetCore;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

public sealed class StreamOutletTests
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _pipe = new(
        new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32, useSynchronizationContext: false));

    private readonly StreamOutlet _outlet;
    private int _cuts;

    public StreamOutletTests() => _outlet = new StreamOutlet(_pipe.Writer, Cut, Heartbeat, _time);

    [Fact]
    public async Task Reader_is_stuck_that_has_taken_nothing_for_two_heartbeats()
    {
        Task<bool> flushing = FlushAsync(bytes: 100);
        _time.Advance((2 * Heartbeat) - TimeSpan.FromMilliseconds(1));
        Assert.False(_outlet.IsStuck);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_outlet.IsStuck);

        _pipe.Reader.AdvanceTo((await _pipe.Reader.ReadAsync()).Buffer.End);
        Assert.True(await flushing);
        Assert.False(_outlet.IsStuck);
    }

    [Fact]
    public async Task Stop_cuts_a_reader_that_takes_nothing()
    {
        Task<bool> flushing = FlushAsync(bytes: 100);
        _outlet.Stop();
        Assert.Equal(1, _cuts);
        Assert.False(await flushing);
    }

    [Fact]
    public async Task Flush_after_a_stop_waits_for_no_reader()
    {
        _outlet.Stop();
        Assert.True(await FlushAsync(bytes: 10));
        Assert.Equal(0, _cuts);
        Assert.False(await FlushAsync(bytes: 100));
        Assert.Equal(1, _cuts);
    }

    [Fact]
    public void Stream_that_is_finished_is_not_cut()
    {
        _outlet.Finish();
        _outlet.Cut();
        Assert.Equal(0, _cuts);
    }

    private async Task<bool> FlushAsync(int bytes)
    {
        _pipe.Writer.GetSpan(bytes)[..bytes].Clear();
        _pipe.Writer.Advance(bytes);
        return await _outlet.FlushAsync().AsTask().WaitAsync(Deadline);
    }

    private void Cut()
    {
        _cuts++;
        _pipe.Reader.Complete();
    }
}
