using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>"Valid until the next call on its source": a later use throws instead of showing the bytes of another frame.</summary>
public class StaleFrameTests
{
    private const int Events = 20_000;

    private static readonly byte[] Numbered =
        Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Range(0, Events + 1).Select(number => $"id: {number}\nevent: e{number % 7}\ndata: {number}\n\n")));

    private static readonly byte[] Plain =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, Events + 1).Select(number => $"data: {number}\n\n")));

    private delegate void Use(SseFrame frame);

    public static TheoryData<string> Members => [.. Uses.Keys];

    public static TheoryData<string> Calls => [.. FramerCalls.Keys];

    private static Dictionary<string, Use> Uses { get; } = new()
    {
        ["Data"] = frame => _ = frame.Data.Length,
        ["EventType"] = frame => _ = frame.EventType.Length,
        ["LastEventId"] = frame => _ = frame.LastEventId.Length,
        ["Comment"] = frame => _ = frame.Comment.Length,
        ["ReconnectionInterval"] = frame => _ = frame.ReconnectionInterval,
        ["IsEvent"] = frame => _ = frame.IsEvent("message"u8),
        ["GetText"] = frame => _ = frame.GetText(),
        ["ToItem"] = frame => _ = frame.ToItem(),
    };

    private static Dictionary<string, Action<SseFramer>> FramerCalls { get; } = new()
    {
        ["TryRead that returns a frame"] = framer => Assert.True(framer.TryRead(out _)),
        ["TryRead that returns none"] = framer =>
        {
            Assert.True(framer.TryRead(out _));
            Assert.False(framer.TryRead(out _));
        },
        ["Append that is refused"] = framer => Assert.Throws<InvalidOperationException>(() => framer.Append(Plain)),
        ["Append of a sequence that is refused"] =
            framer => Assert.Throws<InvalidOperationException>(() => framer.Append(new ReadOnlySequence<byte>(Plain))),
        ["Complete that is refused"] = framer => Assert.Throws<InvalidOperationException>(framer.Complete),
        ["Dispose"] = framer => framer.Dispose(),
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void Frame_of_the_framer_kept_one_call_too_long_throws_every_time(string member)
    {
        foreach (byte[] stream in (byte[][])[Numbered, Plain])
        {
            using var framer = new SseFramer();
            framer.Append(stream);
            Assert.True(framer.TryRead(out SseFrame kept));
            int thrown = 0;
            while (framer.TryRead(out SseFrame next))
            {
                thrown += Throws(kept, Uses[member]) ? 1 : 0;
                kept = next;
                Uses[member](kept);
            }

            Assert.Equal(Events, thrown);
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Frame_of_the_reader_kept_one_call_too_long_throws_every_time(string member)
    {
        Assert.Equal(Events, ThrownOver(new SseReader(new MemoryStream(Numbered)), member));
        Assert.Equal(Events, ThrownOver(new SseReader(new WaitingStream(Framing.Split(Plain, [13]), waitEvery: 0)), member));
        Assert.Equal(Events, ThrownOver(new SseReader(PipeReader.Create(new MemoryStream(Numbered))), member));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void Frame_is_invalid_after_each_call_on_its_framer(string call)
    {
        using var framer = new SseFramer();
        framer.Append("data: kept\n\ndata: next\n\n"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame kept));
        Assert.Equal("kept", kept.GetText());
        FramerCalls[call](framer);
        foreach (Use use in Uses.Values)
        {
            Assert.True(Throws(kept, use));
        }

        Assert.Equal(SseFrameKind.Event, kept.Kind);
    }

    [Theory]
    [InlineData(": hb\n", SseFrameKind.Comment)]
    [InlineData("retry: 5\n", SseFrameKind.Retry)]
    public void Frame_that_is_not_an_event_is_invalid_after_the_next_call_too(string stream, SseFrameKind kind)
    {
        using var framer = new SseFramer();
        framer.Append(Encoding.ASCII.GetBytes(stream));
        Assert.True(framer.TryRead(out SseFrame kept));
        Assert.False(framer.TryRead(out _));
        Assert.Equal(kind, kept.Kind);
        foreach (Use use in Uses.Values)
        {
            Assert.True(Throws(kept, use));
        }
    }

    [Fact]
    public void Frame_is_invalid_after_Complete_and_after_an_Append_of_its_drained_framer()
    {
        using var framer = new SseFramer(Bounds.Options(SseDialect.Agent));
        framer.Append("data: a\n\n: last"u8.ToArray());
        Assert.True(framer.TryRead(out _));
        Assert.False(framer.TryRead(out _));
        framer.Complete();
        Assert.True(framer.TryRead(out SseFrame kept));
        Assert.Equal(" last", kept.GetText());
        framer.Complete();
        Assert.True(Throws(kept, Uses["Comment"]));
    }

    [Fact]
    public void Frame_of_a_reader_is_invalid_after_a_wait_and_after_its_disposal()
    {
        var reader = new SseReader(new MemoryStream("data: a\n\ndata: b\n\n"u8.ToArray()));
        Wait(reader);
        Assert.True(reader.TryRead(out SseFrame kept));
        Wait(reader);
        Assert.True(Throws(kept, Uses["Data"]));
        Assert.True(reader.TryRead(out kept));
        Assert.True(reader.DisposeAsync().AsTask().IsCompletedSuccessfully);
        Assert.True(Throws(kept, Uses["Data"]));
    }

    [Fact]
    public void Message_says_until_when_a_frame_is_valid()
    {
        using var framer = new SseFramer();
        framer.Append("data: a\n\n"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame kept));
        Assert.False(framer.TryRead(out _));
        try
        {
            _ = kept.Data;
            Assert.Fail("The frame is stale.");
        }
        catch (InvalidOperationException stale)
        {
            Assert.Contains("valid until the next call", stale.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Default_frame_is_empty()
    {
        SseFrame none = default;
        Assert.Equal(SseFrameKind.None, none.Kind);
        Assert.True(none.Data.IsEmpty && none.EventType.IsEmpty && none.LastEventId.IsEmpty && none.Comment.IsEmpty);
        Assert.Equal(TimeSpan.Zero, none.ReconnectionInterval);
        Assert.False(none.IsEvent(default));
        Assert.Equal("", none.GetText());
        Assert.True(Throws(none, Uses["ToItem"]));
    }

    private static int ThrownOver(SseReader reader, string member)
    {
        int thrown = 0;
        SseFrame kept = default;
        while (Wait(reader))
        {
            while (reader.TryRead(out SseFrame next))
            {
                thrown += kept.Kind != SseFrameKind.None && Throws(kept, Uses[member]) ? 1 : 0;
                kept = next;
                Uses[member](kept);
            }
        }

        return thrown;
    }

    private static bool Wait(SseReader reader)
    {
        Task<bool> wait = reader.WaitToReadAsync().AsTask();
        Assert.True(wait.IsCompletedSuccessfully);
        return wait.Result;
    }

    private static bool Throws(SseFrame frame, Use use)
    {
        try
        {
            use(frame);
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
