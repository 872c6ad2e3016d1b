using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Tests.Client.Strangers;

/// <summary>A program that calls an MCP server once, and takes up the answer where it was cut.</summary>
internal sealed partial class McpProgram(HttpClient http, Uri address)
{
    public string? Session { get; private set; }

    public async Task<JsonNode?> CallAsync(Call call, CancellationToken cancellationToken)
    {
        await using var messages = new SseClient(
            http,
            attempt => attempt switch
            {
                { Number: 1 } => Request(HttpMethod.Post, JsonContent.Create(call, McpJson.Default.Call)),
                { LastEventId: not "" } => Request(HttpMethod.Get),
                _ => null,
            },
            new SseClientOptions { AcceptJson = true });
        await foreach (var message in messages.ReadAllAsync(McpJson.Default.Reply, cancellationToken))
        {
            Session ??= messages.ResponseHeaders!.TryGetValues("Mcp-Session-Id", out var ids) ? ids.First() : null;
            if (message.Data.Id == call.Id)
            {
                return message.Data.Result ?? throw new InvalidOperationException(message.Data.Error?.ToJsonString());
            }
        }

        throw new IOException("The server ended the stream without an answer.");
    }

    private HttpRequestMessage Request(HttpMethod method, HttpContent? content = null)
    {
        HttpRequestMessage request = new(method, address) { Content = content };
        request.Headers.Add("MCP-Protocol-Version", "2025-06-18");
        if (Session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", Session);
        }

        return request;
    }

    internal sealed record Call(int Id, string Method, string Jsonrpc = "2.0");

    internal sealed record Reply(int? Id, JsonNode? Result, JsonNode? Error);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web), JsonSerializable(typeof(Call)), JsonSerializable(typeof(Reply))]
    internal sealed partial class McpJson : JsonSerializerContext;
}
