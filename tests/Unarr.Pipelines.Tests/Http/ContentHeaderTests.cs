using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>What proxies make of <c>Content-Type</c> and <c>Content-Encoding</c>.</summary>
public sealed class ContentHeaderTests
{
    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("text/event-stream;")]
    [InlineData("text/event-stream; ;charset=utf-8")]
    [InlineData("text/event-stream;charset")]
    [InlineData("text/event-stream;charset=")]
    [InlineData("text/event-stream; charset=utf 8; x=a/b")]
    [InlineData("text/event-stream; charset=\"utf-8")]
    [InlineData("text/event-stream; note=\"a, text/html\"")]
    [InlineData("text/event-stream; note=\"\\\", text/html\"")]
    [InlineData("text/event-stream charset=utf-8")]
    [InlineData("text/event-stream\t;q")]
    [InlineData(" TEXT/Event-Stream ")]
    [InlineData("text/event-stream, text/event-stream")]
    [InlineData("text/event-stream,")]
    [InlineData(", text/event-stream; charset=utf-8, utf-8")]
    [InlineData("text/plain, text/event-stream")]
    [InlineData("text/event-stream, */*")]
    public void Event_stream_is_recognized(string field) => Assert.True(EventStreamType.IsNamedBy([field]));

    [Theory]
    [InlineData("")]
    [InlineData("text/html")]
    [InlineData("text/event-streams")]
    [InlineData("text/event-stream, text/html")]
    [InlineData("text/html; x=text/event-stream")]
    [InlineData("text/html; x=\", text/event-stream\"")]
    [InlineData("text")]
    [InlineData("*/*")]
    public void Anything_else_is_not(string field) => Assert.False(EventStreamType.IsNamedBy([field]));

    [Fact]
    public void Repeated_fields_are_one_list()
    {
        Assert.True(EventStreamType.IsNamedBy(["text/event-stream", "text/event-stream"]));
        Assert.True(EventStreamType.IsNamedBy(["text/plain", "text/event-stream;"]));
        Assert.False(EventStreamType.IsNamedBy([]));
    }

    [Fact]
    public async Task Stream_opens_whatever_the_proxy_made_of_its_type()
    {
        string[][] answers = [["text/event-stream;"], ["text/event-stream, text/event-stream"], ["text/event-stream", "text/event-stream"]];
        foreach (string[] fields in answers)
        {
            using var harness = new ClientHarness();
            Task<EventStream> opening = harness.Client.OpenEventStreamAsync();
            (await harness.Server.EventsAsync()).Answer(
                new TrackedResponse(HttpStatusCode.OK, "", null, [.. fields.Select(field => ("Content-Type", field))]));
            await (await Signal.Of(opening, "the stream")).DisposeAsync();
        }
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("X-GZip", "x-gzip")]
    [InlineData("identity, br", "br")]
    [InlineData("\"deflate\"", "deflate")]
    [InlineData("zstd;q=1", "zstd")]
    [InlineData("compress", "compress")]
    [InlineData("identity", null)]
    [InlineData("none", null)]
    [InlineData("UTF-8", null)]
    [InlineData("chunked", null)]
    [InlineData("gzipped", null)]
    [InlineData(",", null)]
    [InlineData("", null)]
    public void Coding_is_what_names_one(string field, string? coding)
    {
        Assert.Equal(coding, ContentCoding.Of([field]));
        Assert.Equal(coding, ContentCoding.Of(["none", field]));
    }
}
