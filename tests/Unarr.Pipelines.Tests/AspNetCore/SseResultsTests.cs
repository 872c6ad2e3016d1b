using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Pipelines.AspNetCore;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

public sealed class SseResultsTests
{
    private readonly Channel<Tick> _ticks = Channel.CreateUnbounded<Tick>();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Headers_and_connect_comment_come_before_any_event()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType!.ToString());
        Assert.True(stream.Response.Headers.CacheControl is { NoCache: true, NoTransform: true });
        Assert.Equal("no", Assert.Single(stream.Response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal(": connected hb=15000", await stream.NextAsync());
    }

    [Fact]
    public async Task Values_are_events_of_json_until_they_end()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick, "tick"));
        await using OpenStream stream = await server.OpenAsync("/s");
        _ticks.Writer.TryWrite(new Tick(1));
        Assert.Equal("tick {\"number\":1}", await stream.NextEventAsync());
        _ticks.Writer.TryWrite(new Tick(2));
        _ticks.Writer.Complete();
        Assert.Equal("tick {\"number\":2}", await stream.NextEventAsync());
        Assert.Null(await stream.NextEventAsync());
        await _disposed.Task.WaitAsync(server.Deadline);
    }

    [Fact]
    public async Task Items_carry_types_ids_and_reconnection_intervals()
    {
        SseItem<Tick>[] items =
        [
            new(new Tick(1)), new(new Tick(2), "ü") { EventId = "7", ReconnectionInterval = TimeSpan.FromSeconds(2) },
            new(new Tick(3)) { EventId = "" },
        ];
        await using StreamServer server = await StartAsync(() => SseResults.Stream(items.ToAsyncEnumerable(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(["message {\"number\":1}", "retry 2000", "ü {\"number\":2}"], await stream.NextEventsAsync(3));
        Assert.Equal("7", stream.LastEventId);
        Assert.Equal("message {\"number\":3}", await stream.NextEventAsync());
        Assert.Equal("", stream.LastEventId);
        Assert.Null(await stream.NextEventAsync());
    }

    [Fact]
    public async Task Text_is_sent_as_it_is()
    {
        SseItem<string>[] items = [new("<p>\n\"ü\""), new("") { EventId = "9" }];
        await using StreamServer server = await StartAsync(() => SseResults.Stream(items.ToAsyncEnumerable()));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(["message <p>\n\"ü\"", "message "], await stream.NextEventsAsync(2));
        Assert.Equal("9", stream.LastEventId);
    }

    [Fact]
    public async Task Head_request_gets_the_headers_only_and_enumerates_nothing()
    {
        bool enumerated = false;
        await using StreamServer server = await StartAsync(() => SseResults.Stream(Watched(), TickJson.Default.Tick));
        using HttpResponseMessage response = await server.SendAsync(HttpMethod.Head, "/s");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.False(enumerated);

        async IAsyncEnumerable<Tick> Watched()
        {
            enumerated = true;
            await Task.Yield();
            yield break;
        }
    }

    [Fact]
    public async Task Exception_of_the_application_aborts_the_stream_and_is_logged()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(FailAfterOne(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal("message {\"number\":1}", await stream.NextEventAsync());
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEventAsync);
        Assert.Contains(" Error ", await server.LoggedAsync("out of ticks"), StringComparison.Ordinal);
        await server.LoggedAsync("/s ended: failed");
    }

    [Fact]
    public async Task Value_that_its_contract_refuses_aborts_the_stream()
    {
        SseItem<Tick>[] items = [new(new Tick(1)) { EventId = "a\0b" }];
        await using StreamServer server = await StartAsync(() => SseResults.Stream(items.ToAsyncEnumerable(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEventAsync);
        await server.LoggedAsync("/s ended: failed");
    }

    [Fact]
    public async Task Cancellation_that_is_not_the_streams_own_is_a_failure()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(CancelAsync(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEventAsync);
        await server.LoggedAsync("/s ended: failed");

        static async IAsyncEnumerable<Tick> CancelAsync()
        {
            await Task.FromCanceled(new CancellationToken(true));
            yield break;
        }
    }

    [Fact]
    public async Task Client_that_goes_ends_the_enumeration_promptly()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick));
        OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(": connected hb=15000", await stream.NextAsync());
        await stream.DisposeAsync();
        await _disposed.Task.WaitAsync(server.Deadline);
        await server.LoggedAsync("ended: gone");
        Assert.DoesNotContain(server.Logs.Lines, line => line.Contains("EventStream Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_that_stops_ends_streams_properly()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(": connected hb=15000", await stream.NextAsync());
        Task stopping = server.StopAsync();
        Assert.Null(await stream.NextEventAsync());
        await stopping;
        await _disposed.Task.WaitAsync(server.Deadline);
    }

    [Fact]
    public async Task Enumeration_that_notices_no_cancellation_holds_up_no_shutdown_and_is_disposed_later()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(DeafAsync(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(": connected hb=15000", await stream.NextAsync());
        long start = TimeProvider.System.GetTimestamp();
        await server.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.False(_disposed.Task.IsCompleted);
        _ticks.Writer.TryWrite(new Tick(1));
        await _disposed.Task.WaitAsync(server.Deadline);
    }

    [Fact]
    public async Task Heartbeats_come_whether_or_not_events_do()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(": connected hb=15000", await stream.NextAsync());
        server.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(": hb", await stream.NextAsync());
        _ticks.Writer.TryWrite(new Tick(1));
        Assert.Equal("message {\"number\":1}", await stream.NextAsync());
        server.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(": hb", await stream.NextAsync());
    }

    [Fact]
    public async Task Options_of_the_application_set_the_heartbeat()
    {
        await using StreamServer server = await StartAsync(
            () => SseResults.Stream(ReadAsync(), TickJson.Default.Tick),
            services => services.Configure<SseResultOptions>(options => options.Heartbeat = TimeSpan.FromSeconds(2)));
        await using OpenStream stream = await server.OpenAsync("/s");
        Assert.Equal(": connected hb=2000", await stream.NextAsync());
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(": hb", await stream.NextAsync());
    }

    [Fact]
    public async Task Streams_of_an_application_share_one_timer()
    {
        await using StreamServer server = await StartAsync(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick));
        await using OpenStream first = await server.OpenAsync("/s");
        await using OpenStream second = await server.OpenAsync("/s");
        Assert.Equal(": connected hb=15000", await first.NextAsync());
        Assert.Equal(": connected hb=15000", await second.NextAsync());
        DefaultHttpContext context = new() { RequestServices = server.Services };
        Assert.Same(EventStreamResponse.HeartbeatsOf(context), EventStreamResponse.HeartbeatsOf(context));
    }

    [Fact]
    public async Task Endpoint_says_what_it_answers()
    {
        await using StreamServer server = await StreamServer.StartAsync((routes, _) =>
        {
            routes.MapGet("/values", () => SseResults.Stream(ReadAsync(), TickJson.Default.Tick));
            routes.MapGet("/broadcast", (SseBroadcast broadcast) => SseResults.Stream(broadcast));
        }, services => services.AddSingleton<SseBroadcast>());
        foreach (Endpoint endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints)
        {
            IProducesResponseTypeMetadata produces = Assert.Single(endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>());
            Assert.Equal(200, produces.StatusCode);
            Assert.Equal(["text/event-stream"], produces.ContentTypes);
            Assert.NotNull(endpoint.Metadata.GetMetadata<IDisableCookieRedirectMetadata>());
        }

        Assert.Equal(2, server.Services.GetRequiredService<EndpointDataSource>().Endpoints.Count);
    }

    [Fact]
    public void Result_says_its_status_and_type()
    {
        IResult result = SseResults.Stream(ReadAsync(), TickJson.Default.Tick);
        Assert.Equal(200, Assert.IsAssignableFrom<IStatusCodeHttpResult>(result).StatusCode);
        Assert.Equal("text/event-stream", Assert.IsAssignableFrom<IContentTypeHttpResult>(result).ContentType);
    }

    [Fact]
    public void Event_type_with_a_line_end_is_refused() => Assert.Equal(
        "eventType", Assert.Throws<ArgumentException>(() => SseResults.Stream(ReadAsync(), TickJson.Default.Tick, "a\nb")).ParamName);

    private static Task<StreamServer> StartAsync(Func<IResult> answer, Action<IServiceCollection>? configure = null) =>
        StreamServer.StartAsync((routes, _) => routes.MapMethods("/s", ["GET", "HEAD"], answer), configure);

    private static async IAsyncEnumerable<Tick> FailAfterOne()
    {
        yield return new Tick(1);
        await Task.Yield();
        throw new InvalidOperationException("out of ticks");
    }

    private async IAsyncEnumerable<Tick> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (Tick tick in _ticks.Reader.ReadAllAsync(cancellationToken))
            {
                yield return tick;
            }
        }
        finally
        {
            _disposed.TrySetResult();
        }
    }

    private async IAsyncEnumerable<Tick> DeafAsync()
    {
        try
        {
            yield return await _ticks.Reader.ReadAsync();
        }
        finally
        {
            _disposed.TrySetResult();
        }
    }
}
