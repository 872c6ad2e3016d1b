using System.Globalization;
using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>ASP.NET's own results, <c>TypedResults.ServerSentEvents</c>.</summary>
public sealed class AspNetServerTests
{
    private const int Events = 20;

    [Fact]
    public async Task Stream_that_the_server_cuts_is_resumed_and_gives_each_event_once()
    {
        await using StreamServer server = await StreamServer.StartAsync(static (context, _) =>
        {
            int after = int.Parse(context.Request.Headers["Last-Event-ID"].FirstOrDefault("0")!, CultureInfo.InvariantCulture);
            return after == Events
                ? TypedResults.NoContent().ExecuteAsync(context)
                : TypedResults.ServerSentEvents(EventsAsync(after)).ExecuteAsync(context);
        });
        await using SseClient client = new(server.Address);
        SeenEvent[] seen = await SeenEvent.ByClientAsync(client);

        Assert.Equal(Enumerable.Range(1, Events).Select(Sent), seen);
        Assert.Equal(SseEndReason.NoContent, client.EndReason);
        Assert.True(server.Requests("/") > 3);
    }

    /// <summary>Six events a connection, after which each second one is cut.</summary>
    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(int after)
    {
        for (int number = after + 1; number <= Math.Min(after + 6, Events); number++)
        {
            SeenEvent sent = Sent(number);
            yield return new SseItem<string>(sent.Data, sent.Type)
            {
                EventId = sent.Id,
                ReconnectionInterval = TimeSpan.FromMilliseconds(1),
            };
        }

        await Task.Yield();
        if (after % 4 == 0)
        {
            throw new IOException("The stream is cut.");
        }
    }

    private static SeenEvent Sent(int number) => new(
        number % 3 == 0 ? "tick" : "message",
        string.Create(CultureInfo.InvariantCulture, $"first {number}\nsécond ✓"),
        number.ToString(CultureInfo.InvariantCulture));
}
