using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Pacing;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What a stream was is what docs/downlink.md says: the first of its rows that fits, for every way to end.</summary>
public sealed class StreamOutcomeTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    [Fact]
    public void First_row_of_the_document_that_fits_counts()
    {
        StreamOutcome[] rows = [.. DocumentTable.Read("the stream was", "when").Select(row => DocumentTable.Named<StreamOutcome>(row[0]))];
        Assert.Equal(Enum.GetValues<StreamOutcome>().Order(), rows.Order());

        foreach (Ending ending in Endings())
        {
            StreamOutcome expected = rows.First(row => Fits(row, ending));
            StreamOutcome outcome = StreamOutcomes.Of(ending.End, Stream(ending), ending.At, ending.PollFails, ending.FailuresLeft);
            Assert.Equal((ending, expected), (ending, outcome));
        }
    }

    private static IEnumerable<Ending> Endings() =>
        from end in Enum.GetValues<StreamEnd>().Select(end => (StreamEnd?)end).Append(null)
        from lived in (double[])[0, 11.9, 12, 30, 59.9, 60, 300]
        from after in (double[])[0, 2.9, 3, 20]
        from pollFails in (bool[])[false, true]
        from failuresLeft in (int?[])[null, 3, 2, 1, 0]
        select new Ending(end, TimeSpan.FromSeconds(lived), TimeSpan.FromSeconds(after), pollFails, failuresLeft);

    private static bool Fits(StreamOutcome row, Ending ending) => row switch
    {
        StreamOutcome.Gone => ending.End == StreamEnd.Gone,
        StreamOutcome.Unauthorized => ending.End == StreamEnd.Unauthorized,
        StreamOutcome.Stable => ending.End is StreamEnd.Proper or StreamEnd.Cut && ending.Lived.TotalSeconds >= 60,
        StreamOutcome.Recycled => ending.End == StreamEnd.Proper && ending.At >= Interval && ending.Lived >= Interval * 0.8,
        StreamOutcome.Outage => ending.PollFails,
        StreamOutcome.NotOffered => ending.End == StreamEnd.NotOffered && ending.FailuresLeft is not null,
        StreamOutcome.Repeated => ending.FailuresLeft is { } left && left <= 1,
        StreamOutcome.Unhealthy => true,
        _ => throw new ArgumentOutOfRangeException(nameof(row), row, null),
    };

    /// <summary>A stream whose first frame came at once, and whose last one at the end of its life.</summary>
    private static StreamRecord Stream(Ending ending)
    {
        var stream = new StreamRecord(TimeSpan.Zero, trusted: true, new HeartbeatInterval(), new LearntLife());
        stream.Open(TimeSpan.Zero, mirror: null);
        stream.Frames(new DownlinkInput(DownlinkInputKind.Frames, TimeSpan.Zero));
        stream.Frames(new DownlinkInput(DownlinkInputKind.Frames, ending.Lived));
        return stream;
    }

    /// <summary>How a stream ended.</summary>
    /// <param name="End">In which way; <see langword="null"/> for silence.</param>
    /// <param name="Lived">From its first frame to its last.</param>
    /// <param name="After">From its last frame to its end.</param>
    /// <param name="PollFails">Whether the long-poll fails too.</param>
    /// <param name="FailuresLeft">How many more unhealthy ones make a window.</param>
    private sealed record Ending(StreamEnd? End, TimeSpan Lived, TimeSpan After, bool PollFails, int? FailuresLeft)
    {
        public TimeSpan At => Lived + After;
    }
}
