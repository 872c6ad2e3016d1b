using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Both bounds, one byte below, at and one byte above, at each cut that can matter.</summary>
public class SseBoundsTests
{
    private const int Bound = 64;
    private const string Before = ": before\n";

    private static readonly Bounds Limits = new() { MaxLineBytes = Bound, MaxEventBytes = Bound };

    /// <summary>Dialect, terminator, and how many bytes the terminator counts.</summary>
    public static TheoryData<SseDialect, string, int> Terminators => new()
    {
        { SseDialect.Agent, "\n", 1 },
        { SseDialect.Agent, "\r\n", 2 },
        { SseDialect.Agent, "\r\r\r\n", 4 },
        { SseDialect.Agent, "", 1 },
        { SseDialect.Html, "\n", 1 },
        { SseDialect.Html, "\r\n", 1 },
        { SseDialect.Html, "\r", 1 },
        { SseDialect.Html, "", 1 },
    };

    [Theory]
    [MemberData(nameof(Terminators))]
    public void Line_up_to_the_bound_passes_and_one_byte_more_is_refused(SseDialect dialect, string terminator, int counted)
    {
        foreach (int bound in new[] { SseReaderOptions.MinBoundBytes, Bound, 1000 })
        {
            Bounds limits = new() { MaxLineBytes = bound };
            string longest = ":" + new string('c', bound - counted - 1);
            AssertFrames(Before + longest + terminator, dialect, limits, frames => Assert.Null(frames[^1].Error));
            AssertFrames(Before + longest[..^1] + terminator, dialect, limits, frames => Assert.Null(frames[^1].Error));
            Frame[] refused = [Frame.Comment(" before"), Frame.Failure(SseError.LineTooLong, bound, Before.Length)];
            AssertFrames(Before + longest + "c" + terminator, dialect, limits, frames => Assert.Equal(refused, frames));
        }
    }

    [Fact]
    public void Byte_order_mark_does_not_count_in_Html_but_does_in_Agent()
    {
        string line = ":" + new string('c', Bound - 2) + "\n";
        AssertFrames("\u00EF\u00BB\u00BF" + line, SseDialect.Html, Limits, frames => Assert.Equal([Frame.Comment(line[1..^1])], frames));
        AssertFrames(
            "\u00EF\u00BB\u00BF" + line,
            SseDialect.Agent,
            Limits,
            frames => Assert.Equal([Frame.Failure(SseError.LineTooLong, Bound, 0)], frames));
        AssertFrames(
            "\u00EF\u00BB\u00BFx" + line,
            SseDialect.Html,
            Limits,
            frames => Assert.Equal([Frame.Failure(SseError.LineTooLong, Bound, 3)], frames));
    }

    [Fact]
    public void Agent_event_sets_one_byte_aside_for_the_line_end_of_its_first_piece()
    {
        string line = "data:  " + new string('d', Bound - 1) + "\t\n";
        Bounds limits = new() { MaxEventBytes = Bound };
        AssertFrames(
            line + "\n", SseDialect.Agent, limits, frames => Assert.Equal([Frame.Event("message", new string('d', Bound - 1))], frames));
        AssertFrames(
            line.Replace("d\t", "dd\t", StringComparison.Ordinal) + "\n",
            SseDialect.Agent,
            limits,
            frames => Assert.Equal([Frame.Failure(SseError.EventTooLarge, Bound, 0)], frames));
    }

    [Fact]
    public void Html_event_may_be_as_large_as_the_bound()
    {
        string line = "data: " + new string('d', Bound) + "\n";
        Bounds limits = new() { MaxEventBytes = Bound };
        AssertFrames(
            line + "\n", SseDialect.Html, limits, frames => Assert.Equal([Frame.Event("message", new string('d', Bound))], frames));
        AssertFrames(
            "data: x\n\n" + line.Replace("\n", "d\n", StringComparison.Ordinal),
            SseDialect.Html,
            limits,
            frames => Assert.Equal([Frame.Event("message", "x"), Frame.Failure(SseError.EventTooLarge, Bound, 9)], frames));
    }

    [Theory]
    [InlineData(SseDialect.Agent)]
    [InlineData(SseDialect.Html)]
    public void Joined_event_may_be_as_large_as_the_bound(SseDialect dialect)
    {
        string first = "data:" + new string('a', 30) + "\n";
        string second = "data:" + new string('b', Bound - 31);
        AssertFrames(
            first + second + "\n\n", dialect, Limits with { MaxLineBytes = 1000 }, frames => Assert.Equal(Bound, frames[0].Value.Length));
        Frame[] refused = [Frame.Failure(SseError.EventTooLarge, Bound, first.Length)];
        AssertFrames(first + second + "b\n\n", dialect, Limits with { MaxLineBytes = 1000 }, frames => Assert.Equal(refused, frames));
        Frame[] refusedLineEnd = [Frame.Failure(SseError.EventTooLarge, Bound, first.Length + second.Length + 1)];
        AssertFrames(
            first + second + "\ndata:\n\n", dialect, Limits with { MaxLineBytes = 1000 }, frames => Assert.Equal(refusedLineEnd, frames));
    }

    [Theory]
    [InlineData(SseDialect.Agent)]
    [InlineData(SseDialect.Html)]
    public void Endless_line_is_refused_when_the_bound_is_reached(SseDialect dialect)
    {
        using var framer = new SseFramer(Bounds.Options(dialect, Limits));
        byte[] one = "x"u8.ToArray();
        for (int sent = 1; sent < Bound; sent++)
        {
            framer.Append(one);
            Assert.False(framer.TryRead(out _));
        }

        framer.Append(one);
        Assert.Throws<SseException>(() => framer.TryRead(out _));
    }

    private static void AssertFrames(string stream, SseDialect dialect, Bounds limits, Action<List<Frame>> assert)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(stream);
        List<Frame> reference = Reference.Read(bytes, dialect, limits);
        assert(Framing.Whole(bytes, dialect, limits));
        foreach (int size in Enumerable.Range(1, 80))
        {
            List<Frame> frames = Framing.Chunked(bytes, size, dialect, limits);
            assert(frames);
            Assert.Equal(reference, frames);
        }
    }
}
