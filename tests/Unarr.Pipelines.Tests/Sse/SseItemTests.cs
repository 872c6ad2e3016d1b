using System.Net.ServerSentEvents;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>A frame as an item of .NET, beside the items of .NET's own parser.</summary>
public class SseItemTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n")]
    [InlineData("id: 1\ndata: a\n\ndata: b\n\nid: 1\ndata: c\n\n")]
    [InlineData("data: a\nid: 1\n\nid\ndata: b\n\ndata: c\n\n")]
    [InlineData("id: 5\n\ndata: a\n\ndata: b\n\n")]
    [InlineData("id: 5\n\nid: 6\n\n: comment\n\ndata: a\n\ndata: b\n\n")]
    [InlineData("id: 1\0\ndata: a\n\nid: 2\ndata: b\n\nid: 3\0\ndata: c\n\n")]
    [InlineData("retry: 5\n\ndata: a\n\ndata: b\n\n")]
    [InlineData("data: a\nretry: 5\n\nretry: 6\nretry: 7\ndata: b\n\ndata: c\n\n")]
    [InlineData("retry: x\ndata: a\n\nretry: 0\ndata: b\n\n: hb\n\ndata: c\n\n")]
    [InlineData("event: t\ndata: a\n\nevent: \u00E9\uD83D\uDE00\ndata: \u00E9\uD83D\uDE00\nid: \u00E9\n\n")]
    [InlineData("data\n\ndata: a\ndata: b\n\n")]
    [InlineData("data: 0\n\ndata: 1\n\ndata: 2\n\nid: 3\ndata: 3\n\ndata: 4\n\ndata: 5\n\nretry: 6\ndata: 6\n\ndata: 7\n\n")]
    public async Task Items_are_those_of_the_runtimes_own_parser(string stream)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        List<SseItem<string>> expected = [];
        await foreach (SseItem<string> item in SseParser.Create(new MemoryStream(bytes)).EnumerateAsync())
        {
            expected.Add(item);
        }

        foreach (int size in Enumerable.Range(1, bytes.Length))
        {
            Assert.Equal(expected, await ItemsAsync(bytes, size));
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_become_replacement_characters()
    {
        byte[] bytes = [.. "event: "u8, 0xFF, .. "\nid: "u8, 0xFE, .. "\ndata: "u8, 0xC3, .. "\n\n"u8];
        SseItem<string> item = Assert.Single(await ItemsAsync(bytes, bytes.Length));
        Assert.Equal(("\uFFFD", "\uFFFD", "\uFFFD"), (item.EventType, item.EventId, item.Data));
    }

    [Fact]
    public void Lone_CR_in_a_type_of_the_agent_dialect_becomes_a_replacement_character()
    {
        using var framer = new SseFramer(Bounds.Options(SseDialect.Agent));
        framer.Append("event: a\rb\ndata: d\re\nid: 1\nretry: 1\n\n"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame frame));
        SseItem<string> item = frame.ToItem();
        Assert.Equal(("a\uFFFDb", "d\re"), (item.EventType, item.Data));
        Assert.Null(item.EventId);
        Assert.Null(item.ReconnectionInterval);
        Assert.True(frame.IsEvent("a\rb"u8));
    }

    [Theory]
    [InlineData(": hb\n")]
    [InlineData("retry: 5\n")]
    public void Frame_that_is_not_an_event_becomes_no_item(string stream)
    {
        using var framer = new SseFramer();
        framer.Append(Encoding.ASCII.GetBytes(stream));
        Assert.True(framer.TryRead(out SseFrame frame));
        try
        {
            frame.ToItem();
            Assert.Fail("It became an item.");
        }
        catch (InvalidOperationException refused)
        {
            Assert.Contains("not", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Text_is_the_data_of_an_event_or_the_comment()
    {
        using var framer = new SseFramer();
        framer.Append(Encoding.UTF8.GetBytes(": h\u00E9\ndata: d\u00E9\ndata: e\n\nretry: 5\n"));
        List<string> texts = [];
        while (framer.TryRead(out SseFrame frame))
        {
            texts.Add(frame.GetText());
        }

        Assert.Equal([" h\u00E9", "d\u00E9\ne", ""], texts);
    }

    private static async Task<List<SseItem<string>>> ItemsAsync(byte[] bytes, int size)
    {
        await using var reader = new SseReader(new WaitingStream(Framing.Split(bytes, [size]), waitEvery: 2));
        return await reader.ReadAllAsync().ToListAsync();
    }
}
