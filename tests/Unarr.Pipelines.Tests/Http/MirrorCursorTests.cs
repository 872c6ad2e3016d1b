using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>The position is where the last exchange succeeded.</summary>
public sealed class MirrorCursorTests
{
    private static readonly (string, string)[] Busy = [("Retry-After", "300")];

    [Fact]
    public async Task Dead_mirror_beside_one_that_is_left_alone_is_not_asked_first_again()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example", "https://c.example");
        Assert.Equal("abc", await AskAsync(harness, "a", "b!"));
        Assert.Equal("c", Position(harness));
        Assert.Equal("ca", await AskAsync(harness, "c"));
        Assert.Equal("a", Position(harness));
        Assert.Equal("ac", await AskAsync(harness, "a"));
        Assert.Equal("c", Position(harness));
        Assert.Equal("ca", await AskAsync(harness, "c"));
        Assert.Equal("a", Position(harness));
        Assert.Equal("a", await AskAsync(harness, "c"));
    }

    [Fact]
    public async Task Dead_mirror_that_is_asked_in_the_place_of_one_left_alone_is_moved_off()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example", "https://c.example");
        Assert.Equal("ab", await AskAsync(harness, "a!"));
        harness.Mirrors.Rotate(new Uri("https://b.example"));
        harness.Mirrors.Rotate(new Uri("https://c.example"));
        Assert.Equal("a", Position(harness));
        await FailAllAsync(harness, "bc");
        Assert.Equal("a", Position(harness));
        Assert.Equal("bc", await AskAsync(harness, "b"));
        Assert.Equal("c", Position(harness));
    }

    [Fact]
    public async Task Answer_that_decides_keeps_its_mirror()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task exchange = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.BadGateway);
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.InternalServerError);
        await harness.FailureOf(exchange);
        Assert.Equal("b", Position(harness));
    }

    [Fact]
    public async Task Held_poll_of_a_mirror_that_was_left_meanwhile_moves_nobody_back()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task poll = harness.BeginAsync("wake");
        ScriptedRequest held = await harness.Server.WakeAsync();
        Task sync = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.BadGateway);
        (await harness.Server.SyncAsync()).Json("{}");
        await Signal.Of(sync, "the sync");
        held.Json("""{"wake":false}""");
        await Signal.Of(poll, "the poll");
        Assert.Equal("b", Position(harness));
    }

    [Fact]
    public async Task Mute_stream_moves_off_the_mirror_that_it_was_opened_on()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example", "https://c.example");
        Task<EventStream> opening = harness.Client.OpenEventStreamAsync();
        (await harness.Server.EventsAsync()).Answer(HttpStatusCode.ServiceUnavailable, "", "text/plain", Busy);
        (await harness.Server.EventsAsync()).Stream();
        EventStream stream = await Signal.Of(opening, "the stream");
        await stream.DisposeAsync();
        harness.Client.MoveStream(stream.Mirror);
        Assert.Equal("c.example", harness.Mirrors.Streams.Current.Host);
        harness.Client.MoveStream(stream.Mirror);
        Assert.Equal("c.example", harness.Mirrors.Streams.Current.Host);
    }

    [Fact]
    public void Mirror_that_is_moved_off_after_10_minutes_leads_to_the_primary()
    {
        var time = new ObservedTime();
        var pool = new MirrorPool(["https://a.example", "https://b.example", "https://c.example"], timeProvider: time);
        pool.Streams.Answered(new Uri("https://b.example"));
        time.Advance(TimeSpan.FromMinutes(10));
        pool.Streams.Rotate(new Uri("https://b.example"));
        Assert.Equal("a.example", pool.Streams.Current.Host);
    }

    private static string Position(ClientHarness harness) => harness.Mirrors.Current.Host[..1];

    /// <summary>Makes one exchange.</summary>
    /// <param name="harness">The client.</param>
    /// <param name="failing">The mirrors that fail; with an exclamation mark, and ask to be left alone.</param>
    /// <returns>The mirrors that were asked, in order.</returns>
    private static async Task<string> AskAsync(ClientHarness harness, params string[] failing)
    {
        Task exchange = harness.BeginAsync("wake");
        string asked = "";
        while (true)
        {
            ScriptedRequest request = await harness.Server.WakeAsync();
            string host = request.Host[..1];
            asked += host;
            if (failing.Contains($"{host}!"))
            {
                request.Answer(HttpStatusCode.ServiceUnavailable, "", "text/plain", Busy);
            }
            else if (failing.Contains(host))
            {
                request.Answer(HttpStatusCode.BadGateway);
            }
            else
            {
                request.Json("""{"wake":false}""");
                await Signal.Of(exchange, "the exchange");
                return asked;
            }
        }
    }

    private static async Task FailAllAsync(ClientHarness harness, string asked)
    {
        Task exchange = harness.BeginAsync("wake");
        foreach (char host in asked)
        {
            ScriptedRequest request = await harness.Server.WakeAsync();
            Assert.Equal(host, request.Host[0]);
            request.Answer(HttpStatusCode.BadGateway);
        }

        await harness.FailureOf(exchange);
    }
}
