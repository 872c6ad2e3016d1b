using System.Globalization;
using System.Text.Json;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>Servers of npm that cut their streams, each after seven events: by the socket and properly in turn.</summary>
public sealed class NpmServerTests
{
    private const int Events = 20;

    [SkippableTheory]
    [InlineData("better-sse", true)]
    [InlineData("express-sse", true)]
    [InlineData("hono", false)]
    [InlineData("fastify", false)]
    [InlineData("h3", false)]
    public async Task Server_that_cuts_its_streams_gives_each_event_once_and_as_eventsource_sees_it(string name, bool writesJson)
    {
        Npm.IsNeeded();
        await using NpmServer server = await NpmServer.StartAsync(name);
        await using SseClient client = new(server.Address);
        Task<SeenEvent[][]> oracle = SeenEvent.ByEventSourceAsync(server.Address);
        SeenEvent[] seen = await SeenEvent.ByClientAsync(client);

        Assert.Equal(Enumerable.Range(1, Events).Select(number => Sent(number, writesJson)), seen);
        Assert.Equal(SseEndReason.NoContent, client.EndReason);
        Assert.Equal(Assert.Single(await oracle), seen);
    }

    private static SeenEvent Sent(int number, bool writesJson)
    {
        string data = number % 5 == 0 ? $"first {number}\nsécond ✓ {number}" : $$"""{"n":{{number}}}""";
        return new SeenEvent(
            number % 3 == 0 ? "tick" : "message",
            writesJson ? JsonSerializer.Serialize(data, Readable) : data,
            number.ToString(CultureInfo.InvariantCulture));
    }

    private static readonly JsonSerializerOptions Readable =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
