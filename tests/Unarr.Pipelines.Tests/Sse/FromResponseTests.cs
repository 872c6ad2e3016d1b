using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class FromResponseTests
{
    private static readonly byte[] EventBytes = "data: a\n\n"u8.ToArray();

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("Text/Event-Stream; charset=utf-8")]
    [InlineData("text/event-stream;")]
    [InlineData("text/html, text/event-stream")]
    [InlineData("text/event-stream, */*")]
    [InlineData("text/event-stream; note=\"a, text/html\"")]
    [InlineData("text/event-stream charset=utf-8")]
    [InlineData("text/event-stream; note=\"a\\\", text/html\"")]
    [InlineData("text/event-stream; note=\"a\\")]
    [InlineData("text/event-stream; note=a\\\", text/html")]
    [InlineData("text/html; note=\"a\\\\\", text/event-stream")]
    public async Task Event_stream_is_read_and_its_response_disposed_with_the_reader(string type)
    {
        using var response = new ObservedResponse(HttpStatusCode.OK, type, new MemoryStream(EventBytes));
        SseReader reader = await SseReader.FromResponseAsync(response);
        Assert.Equal(["a"], await reader.ReadAllAsync().Select(item => item.Data).ToListAsync());
        Assert.False(response.IsDisposed);
        await reader.DisposeAsync();
        await reader.DisposeAsync();
        Assert.True(response.IsDisposed);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NoContent)]
    [InlineData(HttpStatusCode.Created)]
    [InlineData((HttpStatusCode)299)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Other_status_is_a_failure_with_what_the_server_said(HttpStatusCode status)
    {
        using var response = new ObservedResponse(status, "text/event-stream", new MemoryStream("no\tsuch\r\nkey \u00E9"u8.ToArray()));
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal(SseError.Status, failure.Error);
        Assert.Equal(status, failure.StatusCode);
        Assert.Equal("no\tsuch\r\nkey \u00E9", failure.ResponseBody);
        Assert.Contains($"status {(int)status}", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(": no such  key \u00E9", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.Limit);
        Assert.Null(failure.Offset);
        Assert.True(response.IsDisposed);
    }

    [Theory]
    [InlineData("application/json", "'application/json'")]
    [InlineData("text/event-stream, text/html", "'text/html'")]
    [InlineData("text/event-streams", "'text/event-streams'")]
    [InlineData("nonsense", "without a media type")]
    [InlineData(null, "without a media type")]
    public async Task Other_media_type_is_a_failure_with_the_body(string? type, string told)
    {
        using var response = new ObservedResponse(HttpStatusCode.OK, type, new MemoryStream("""{"error":"full"}"""u8.ToArray()));
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal(SseError.MediaType, failure.Error);
        Assert.Equal(HttpStatusCode.OK, failure.StatusCode);
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("""{"error":"full"}""", failure.Message, StringComparison.Ordinal);
        Assert.True(response.IsDisposed);
    }

    [Fact]
    public async Task Body_that_was_not_decoded_is_a_failure_and_is_not_shown()
    {
        using var response = new ObservedResponse(HttpStatusCode.OK, "text/event-stream", new MemoryStream([0x1F, 0x8B]));
        response.Content.Headers.ContentEncoding.Add("GZip");
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal(SseError.MediaType, failure.Error);
        Assert.Null(failure.ResponseBody);
        Assert.Contains("content encoding 'gzip'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aes128gcm")]
    [InlineData("br")]
    [InlineData("compress")]
    [InlineData("dcb")]
    [InlineData("dcz")]
    [InlineData("deflate")]
    [InlineData("exi")]
    [InlineData("gzip")]
    [InlineData("pack200-gzip")]
    [InlineData("x-compress")]
    [InlineData("x-gzip")]
    [InlineData("zstd")]
    public async Task Every_registered_coding_is_told_by_its_name(string coding)
    {
        string[] forms = [coding, $"none, {coding.ToUpperInvariant()};q=1", $"\"{coding}\"", $"{coding} x", $"{coding}\tx"];
        foreach (string written in forms)
        {
            using var response = new ObservedResponse(HttpStatusCode.OK, "text/event-stream", new MemoryStream(EventBytes));
            response.Content.Headers.TryAddWithoutValidation("Content-Encoding", written);
            SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
            Assert.Equal(
                $"The server answered with a body with content encoding '{coding}', which was not decoded.", failure.Message);
            Assert.Null(failure.ResponseBody);
        }
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("none")]
    [InlineData("UTF-8")]
    [InlineData(";gzip")]
    [InlineData("")]
    public async Task Other_word_in_the_place_of_a_coding_is_none(string word)
    {
        using var response = new ObservedResponse(HttpStatusCode.OK, "text/event-stream", new MemoryStream(EventBytes));
        response.Content.Headers.TryAddWithoutValidation("Content-Encoding", word);
        await using SseReader reader = await SseReader.FromResponseAsync(response);
        Assert.Equal(["a"], await reader.ReadAllAsync().Select(item => item.Data).ToListAsync());
    }

    [Theory]
    [InlineData("", "The server answered with status 503 a  b.")]
    [InlineData(" \r\n", "The server answered with status 503 a  b.")]
    [InlineData("no\r\n", "The server answered with status 503 a  b: no")]
    public async Task Failure_is_told_in_one_line(string body, string message)
    {
        using var response = new ObservedResponse(
            HttpStatusCode.ServiceUnavailable, "text/plain", new MemoryStream(Encoding.UTF8.GetBytes(body)));
        response.ReasonPhrase = "a\t b";
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal(message, failure.Message);
    }

    [Fact]
    public async Task Status_without_a_phrase_is_told_by_its_number()
    {
        using var response = new ObservedResponse((HttpStatusCode)599, null, Stream.Null);
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal("The server answered with status 599.", failure.Message);
    }

    [Fact]
    public async Task Media_type_is_told_in_one_line_of_at_most_100_characters()
    {
        string type = "text/" + new string('x', 95);
        Assert.Equal($"'{type}'", await ToldAsync(type + ";charset=utf-8"));
        Assert.Equal($"'{type}'", await ToldAsync(type + "y"));
        Assert.Equal("'a/b\u00E9'", await ToldAsync("a/b\u00E9 c"));
        Assert.Equal("'a/ b'", await ToldAsync("a/\u0001b"));

        static async Task<string> ToldAsync(string type)
        {
            using var response = new ObservedResponse(HttpStatusCode.OK, null, Stream.Null);
            response.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
            return failure.Message["The server answered with a body of type ".Length..^", not an event stream.".Length];
        }
    }

    [Fact]
    public async Task Address_is_told_without_user_and_password()
    {
        using var response = new ObservedResponse(HttpStatusCode.NotFound, null, Stream.Null);
        response.RequestMessage = new HttpRequestMessage(HttpMethod.Get, "https://user:secret@example.com/events?x=1");
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal(new Uri("https://example.com/events?x=1"), failure.Uri);
        Assert.Equal("", failure.ResponseBody);
        Assert.StartsWith("https://example.com/events?x=1 answered with status 404", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_1024_bytes_of_a_body_are_told_and_no_half_character()
    {
        byte[] body = Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("\u00E9", 2000)));
        using var response = new ObservedResponse(
            HttpStatusCode.BadGateway, "text/plain", new WaitingStream(Framing.Split(body, [3, 997]), waitEvery: 2));
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal(Encoding.UTF8.GetString(body.AsSpan(0, 1023)), failure.ResponseBody);
    }

    [Fact]
    public async Task Body_that_breaks_off_is_told_as_far_as_it_came()
    {
        var cut = new IOException("reset");
        using var response = new ObservedResponse(
            HttpStatusCode.BadGateway, "text/plain", new ScriptedStream("half"u8.ToArray()) { Failure = cut });
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await SseReader.FromResponseAsync(response));
        Assert.Equal("half", failure.ResponseBody);
        Assert.Same(cut, failure.InnerException);
    }

    [Fact]
    public async Task Body_that_does_not_end_is_told_as_far_as_it_came_in_5_seconds()
    {
        var time = new FakeTimeProvider();
        var pipe = new System.IO.Pipelines.Pipe();
        await pipe.Writer.WriteAsync("slow"u8.ToArray());
        using var response = new ObservedResponse(HttpStatusCode.OK, "application/x-ndjson", pipe.Reader.AsStream());
        Task<SseReader> opening = SseReader.FromResponseAsync(response, null, time, CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(opening.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("slow", (await Assert.ThrowsAsync<SseException>(() => opening)).ResponseBody);
    }

    [Fact]
    public async Task Cancelled_wait_for_a_body_disposes_the_response()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        using var response = new ObservedResponse(HttpStatusCode.BadGateway, "text/plain", pipe.Reader.AsStream());
        using var cancellation = new CancellationTokenSource();
        Task<SseReader> opening = SseReader.FromResponseAsync(response, cancellationToken: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        Assert.True(response.IsDisposed);
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task Response_that_stays_open_is_not_disposed(HttpStatusCode status)
    {
        using var response = new ObservedResponse(status, "text/event-stream", new MemoryStream(EventBytes));
        try
        {
            await (await SseReader.FromResponseAsync(response, new SseReaderOptions { LeaveOpen = true })).DisposeAsync();
            Assert.Equal(HttpStatusCode.OK, status);
        }
        catch (SseException failure)
        {
            Assert.Equal(status, failure.StatusCode);
        }

        Assert.False(response.IsDisposed);
    }

    [Fact]
    public void Missing_response_is_refused() =>
        Assert.Throws<ArgumentNullException>(() => SseReader.FromResponseAsync(null!).AsTask().Wait());

    private sealed class ObservedResponse : HttpResponseMessage
    {
        public ObservedResponse(HttpStatusCode status, string? type, Stream body)
            : base(status)
        {
            Content = new StreamContent(body);
            if (type is not null)
            {
                Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
        }

        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
