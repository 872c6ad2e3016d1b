using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>The server of the MCP SDK, over streamable HTTP: it closes the stream of a call and goes on when a GET asks for it.</summary>
public sealed class McpServerTests
{
    private const string Version = "2025-11-25";

    [SkippableFact]
    public async Task Call_whose_stream_the_server_closes_is_made_once_and_gives_every_message_once()
    {
        Npm.IsNeeded();
        await using NpmServer server = await NpmServer.StartAsync("mcp");
        using HttpClient http = new(SseClient.CreateHandler());
        string? session = null;
        List<string> requests = [];

        JsonNode opened = Assert.Single(await CallAsync(
            """
            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"VERSION","capabilities":{},
            "clientInfo":{"name":"client","version":"1"}}}
            """.Replace("VERSION", Version, StringComparison.Ordinal),
            0));
        Assert.Equal(Version, (string?)opened["result"]!["protocolVersion"]);
        requests.Clear();
        JsonNode[] messages = await CallAsync(
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","arguments":{}}}""", 1);

        Assert.Equal(
            Enumerable.Range(1, 6).Select(step => $"step {step}"),
            messages[..^1].Select(message => (string?)message["params"]!["data"]));
        Assert.Equal("6 steps", (string?)messages[^1]["result"]!["content"]![0]!["text"]);
        Assert.Equal("POST", requests[0]);
        Assert.True(requests.Count > 1);
        Assert.All(requests[1..], static request => Assert.StartsWith("GET ", request, StringComparison.Ordinal));

        async Task<JsonNode[]> CallAsync(string call, int id)
        {
            await using SseClient client = new(
                http,
                attempt => attempt switch
                {
                    { Number: 1 } => Request(HttpMethod.Post, attempt, new StringContent(call, Encoding.UTF8, "application/json")),
                    { LastEventId: not "" } => Request(HttpMethod.Get, attempt, null),
                    _ => null,
                },
                new SseClientOptions { AcceptJson = true });
            List<JsonNode> messages = [];
            await foreach (var item in client.ReadAllAsync())
            {
                session ??= client.ResponseHeaders!.TryGetValues("Mcp-Session-Id", out IEnumerable<string>? ids) ? ids.Single() : null;
                if (item.Data.Length == 0)
                {
                    // The server's first event has an id and no data: what a stream that is cut at once is resumed after.
                    continue;
                }

                messages.Add(JsonNode.Parse(item.Data)!);
                if ((int?)messages[^1]["id"] == id)
                {
                    break;
                }
            }

            return [.. messages];
        }

        HttpRequestMessage Request(HttpMethod method, SseAttempt attempt, HttpContent? content)
        {
            HttpRequestMessage request = new(method, server.Address) { Content = content };
            request.Headers.Add("MCP-Protocol-Version", Version);
            if (content is not null)
            {
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            }

            if (session is not null)
            {
                request.Headers.Add("Mcp-Session-Id", session);
            }

            requests.Add(method == HttpMethod.Get ? $"GET {attempt.LastEventId}" : method.Method);
            return request;
        }
    }
}
