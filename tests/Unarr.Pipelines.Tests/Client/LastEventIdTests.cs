using System.Net.ServerSentEvents;
using System.Text;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>The last event id is that of the last event taken.</summary>
public class LastEventIdTests
{
    private static async Task<string?> SentAfterAsync(string text, SseClientOptions? options = null)
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Stream(text)), options);
        await harness.ReadAsync();
        return harness.Server[1].Header("Last-Event-ID");
    }

    [Theory]
    [InlineData("id: 1\ndata: a\n\n", "1")]
    [InlineData("id: 1\ndata: a\n\ndata: b\n\n", "1")]
    [InlineData("id: 1\ndata: a\n\nid: 2\n\n", "2")]
    [InlineData("id: 1\n\n", "1")]
    [InlineData("id: 1\ndata: a\n\nid\ndata: b\n\n", null)]
    [InlineData("id: 1\ndata: a\n\nid:\n\n", null)]
    [InlineData("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", "1")]
    [InlineData("id: 1\ndata: a\n\nid: 2\ndata: cut", "1")]
    [InlineData("id: 1\ndata: a\n\nid: 2\n", "1")]
    [InlineData("id: 1\nid: 2\ndata: a\n\n", "2")]
    [InlineData("id:  odd; \"x\" \\ \t!\ndata: a\n\n", " odd; \"x\" \\ \t!")]
    [InlineData("id: \u0416\u00E9\u2026\U0001F600\ndata: a\n\n", "\u0416\u00E9\u2026\U0001F600")]
    [InlineData("data: a\n\n", null)]
    public async Task Id_of_the_last_event_is_sent(string text, string? id)
    {
        Assert.Equal(id, await SentAfterAsync(text));
        Assert.Equal(id, await SentAfterAsync(text, new SseClientOptions { Strict = true }));
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public async Task Long_id_is_sent_up_to_4_KiB_and_its_absence_is_reported_once(int length, bool isSent)
    {
        string id = new('x', length);
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream($"id: {id}\ndata: a\n\n"), ScriptedAnswer.Stream("data: b\n\n")));
        Assert.Equal(["a", "b"], await harness.ReadAsync());
        Assert.Equal(id, harness.Client.LastEventId);
        Assert.Equal(isSent ? id : null, harness.Server[2].Header("Last-Event-ID"));
        Assert.Equal(isSent ? id : "", harness.Attempts[2].LastEventId);
        Assert.Equal(isSent ? 0 : 1, harness.NotSent.Count);
    }

    [Fact]
    public async Task Id_counts_when_the_next_frame_is_asked_for()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("id: 1\ndata: a\n\n: c\n\nid: 2\n\ndata: b\n\nid: 3\ndata: c\n\nid: 4\n\n")));
        List<string> ids = [];
        Assert.True(await harness.Client.WaitToReadAsync());
        while (harness.Client.TryRead(out SseFrame frame))
        {
            ids.Add($"{frame.Kind} {harness.Client.LastEventId}/{Encoding.UTF8.GetString(frame.LastEventId)}");
        }

        ids.Add($"end {harness.Client.LastEventId}/");
        Assert.Equal(["Event /1", "Comment 1/", "Event 2/2", "Event 2/3", "end 4/"], ids);
    }

    [Fact]
    public async Task Event_that_the_caller_did_not_get_past_is_asked_for_again()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n")));
        await foreach (SseItem<string> item in harness.Client.ReadAllAsync())
        {
            if (item.Data == "b")
            {
                break;
            }
        }

        Assert.Equal("1", harness.Client.LastEventId);
        await harness.Client.DisposeAsync();
        Assert.Equal("1", harness.Client.LastEventId);
    }

    [Fact]
    public async Task Id_stays_over_failed_attempts_and_is_in_force_in_the_next_stream()
    {
        ScriptedAnswer broken = ScriptedAnswer.Throws(StatusTests.Failure("connection"));
        await using var harness = new SseClientHarness(
            new ScriptedHandler(
                ScriptedAnswer.Cut("id: 7\ndata: a\n\nevent: e\nid: 8\ndata: cut"), broken, broken, ScriptedAnswer.Stream("data: b\n\n")));
        List<(string? Id, string InForce, string Type)> seen = [];
        while (await harness.Client.WaitToReadAsync())
        {
            while (harness.Client.TryRead(out SseFrame frame))
            {
                seen.Add((frame.ToItem().EventId, Encoding.UTF8.GetString(frame.LastEventId), frame.ToItem().EventType));
            }
        }

        Assert.Equal([("7", "7", "message"), (null, "7", "message")], seen);
        Assert.All(Enumerable.Range(1, 4), request => Assert.Equal("7", harness.Server[request].Header("Last-Event-ID")));
    }

    [Fact]
    public async Task Told_id_is_sent_at_first()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Stream("data: a\n\n")));
        harness.Client.ResumeFrom("\u00E9 9");
        Assert.Equal("\u00E9 9", harness.Client.LastEventId);
        await harness.ReadAsync();
        Assert.Equal("\u00E9 9", harness.Server[0].Header("Last-Event-ID"));
        Assert.Equal("\u00E9 9", harness.Server[1].Header("Last-Event-ID"));
        Assert.Equal("\u00E9 9", harness.Attempts[0].LastEventId);
        Assert.Throws<ArgumentException>("lastEventId", () => harness.Client.ResumeFrom("a\nb"));
        Assert.Throws<ArgumentException>("lastEventId", () => harness.Client.ResumeFrom("a\0"));
        Assert.Throws<ArgumentNullException>("lastEventId", () => harness.Client.ResumeFrom(null!));
    }

    [Fact]
    public async Task Told_id_outlives_the_connection_it_was_told_in_until_an_event_with_an_id_is_taken()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(
            ScriptedAnswer.Stream("id: 1\ndata: a\n\ndata: b\n\n"), ScriptedAnswer.Stream("data: c\n\nid: 2\ndata: d\n\n")));
        Assert.True(await harness.Client.WaitToReadAsync());
        Assert.True(harness.Client.TryRead(out _));
        Assert.True(harness.Client.TryRead(out _));
        Assert.Equal("1", harness.Client.LastEventId);
        harness.Client.ResumeFrom("9");
        Assert.False(harness.Client.TryRead(out _));
        Assert.Equal("9", harness.Client.LastEventId);
        await harness.ReadAsync();
        Assert.Equal("9", harness.Server[1].Header("Last-Event-ID"));
        Assert.Equal("2", harness.Server[2].Header("Last-Event-ID"));
        Assert.Equal("2", harness.Client.LastEventId);
    }

    [Fact]
    public async Task Id_that_another_thread_reads_is_always_one_that_was_sent()
    {
        const int Events = 20_000;
        // Lengths that differ: a torn id would be neither.
        string[] ids = ["1", new string('2', 40), "", new string('3', 300)];
        string text = string.Concat(Enumerable.Range(0, Events).Select(number => $"id: {ids[number % ids.Length]}\ndata: a\n\n"));
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Stream(text), ScriptedAnswer.Stream(text)));
        using var ended = new CancellationTokenSource();
        var seen = new HashSet<string>();
        Task looking = Task.Run(() =>
        {
            do
            {
                seen.Add(harness.Client.LastEventId);
            }
            while (!ended.IsCancellationRequested);
        });
        Assert.Equal(2 * Events, (await harness.ReadAsync()).Length);
        await ended.CancelAsync();
        await looking;
        Assert.Subset(ids.ToHashSet(), seen);
    }

    [Fact]
    public async Task Id_that_a_foreign_handler_cannot_carry_is_left_out_and_that_is_reported_once()
    {
        var server = new ScriptedHandler(
            ScriptedAnswer.Stream("id: \u0416\ndata: a\n\n"),
            ScriptedAnswer.Stream("data: b\n\n"),
            ScriptedAnswer.Stream("id: 3\ndata: c\n\n"));
        await using var harness = new SseClientHarness(server, http: new HttpMessageInvoker(new AsciiHandler(server)));
        Assert.Equal(["a", "b", "c"], await harness.ReadAsync());
        Assert.Equal([null, null, null, "3"], Enumerable.Range(0, 4).Select(request => server[request].Header("Last-Event-ID")));
        Assert.Single(harness.NotSent);
        Assert.All(harness.Attempts.TakeLast(2), attempt => Assert.NotEqual("\u0416", attempt.LastEventId));
        Assert.Null(harness.Client.LastFailure);
    }

    [Fact]
    public async Task Request_that_is_not_to_be_made_without_its_id_is_not_made()
    {
        var server = new ScriptedHandler(ScriptedAnswer.Stream("id: \u0416\ndata: a\n\n"), ScriptedAnswer.Stream("data: b\n\n"));
        int calls = 0;
        await using var harness = new SseClientHarness(
            server,
            create: _ => ++calls > 2 ? null : new HttpRequestMessage(HttpMethod.Get, SseClientHarness.Address),
            http: new HttpMessageInvoker(new AsciiHandler(server)));
        Assert.Equal("a", await harness.NextAsync());
        await Assert.ThrowsAsync<SseException>(harness.NextAsync);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task Remembered_ids_are_not_returned_again()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(
                ScriptedAnswer.Cut("id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: without\n\n"),
                ScriptedAnswer.Stream(
                    "id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: without\n\nid:\ndata: empty\n\nid:\ndata: empty\n\nid: 3\ndata: c\n\n"),
                ScriptedAnswer.Stream("id: 1\ndata: a\n\n")),
            new SseClientOptions { RememberedIds = 2 });
        Assert.Equal(["a", "b", "without", "without", "empty", "empty", "c", "a"], await harness.ReadAsync());
    }

    [Fact]
    public async Task Replayed_events_are_returned_by_default()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("id: 1\ndata: a\n\n"), ScriptedAnswer.Stream("id: 1\ndata: a\n\n")));
        Assert.Equal(["a", "a"], await harness.ReadAsync());
    }

    [Fact]
    public async Task Each_connection_begins_anew_with_a_mark_and_without_a_cut_event()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(
            ScriptedAnswer.Stream("\uFEFFdata: a\n\nevent: e\ndata: cut\ndata"), ScriptedAnswer.Stream("\uFEFFdata: b\n\n")));
        List<string> seen = [];
        await foreach (SseItem<string> item in harness.Client.ReadAllAsync())
        {
            seen.Add($"{item.EventType} {item.Data}");
        }

        Assert.Equal(["message a", "message b"], seen);
    }

    /// <summary>As the framework's handler: its headers carry ASCII.</summary>
    private sealed class AsciiHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.Headers.NonValidated.Any(header => header.Value.Any(value => !Ascii.IsValid(value)))
                ? Task.FromException<HttpResponseMessage>(new HttpRequestException("Request headers must contain only ASCII characters."))
                : base.SendAsync(request, cancellationToken);
    }
}
