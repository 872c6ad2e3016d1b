using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>A server with the interface of OpenAI's, which answers with the question.</summary>
public sealed class ModelServerTests
{
    private const string Question = "Why is the sky blue, sécond ✓?";

    [SkippableFact]
    public async Task Answer_is_read_to_its_marker()
    {
        Npm.IsNeeded();
        await using NpmServer server = await NpmServer.StartAsync("mock-llm");
        using HttpClient http = new(SseClient.CreateHandler());
        await using SseClient client = Ask(http, server, streams: true);
        StringBuilder answer = new();
        await foreach (var item in client.ReadAllAsync())
        {
            answer.Append((string?)JsonNode.Parse(item.Data)!["choices"]![0]!["delta"]!["content"]);
        }

        Assert.Equal(Question, answer.ToString());
        Assert.Equal(SseEndReason.Marker, client.EndReason);
    }

    [SkippableFact]
    public async Task Answer_that_is_not_a_stream_is_a_failure_that_shows_it()
    {
        Npm.IsNeeded();
        await using NpmServer server = await NpmServer.StartAsync("mock-llm");
        using HttpClient http = new(SseClient.CreateHandler());
        await using SseClient client = Ask(http, server, streams: false);

        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await client.WaitToReadAsync());
        Assert.Equal((SseError.MediaType, HttpStatusCode.OK), (failure.Error, failure.StatusCode));
        Assert.Contains("chat.completion", failure.Message, StringComparison.Ordinal);
    }

    private static SseClient Ask(HttpClient http, NpmServer server, bool streams) => new(
        http,
        _ => new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "v1/chat/completions"))
        {
            Content = new StringContent(
                $$"""{"model":"any","stream":{{(streams ? "true" : "false")}},"messages":[{"role":"user","content":"{{Question}}"}]}""",
                Encoding.UTF8,
                "application/json"),
        },
        new SseClientOptions { EndMarker = "[DONE]" });
}
