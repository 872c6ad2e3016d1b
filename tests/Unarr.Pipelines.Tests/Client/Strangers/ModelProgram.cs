using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Tests.Client.Strangers;

/// <summary>A program that asks a language model: typed, with its end marker, a clean Ctrl-C and the server's words at an error.</summary>
internal static partial class ModelProgram
{
    public static async Task<int> RunAsync(Uri address, string text, TextWriter output, TextWriter errors, Action<Action> onCancel)
    {
        using var http = new HttpClient(SseClient.CreateHandler()) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "sk-model-key");
        var question = new Question("any", Stream: true, [new("user", text)]);
        await using var answer = new SseClient(
            http,
            _ => new(HttpMethod.Post, "chat/completions") { Content = JsonContent.Create(question, ModelJson.Default.Question) },
            new SseClientOptions { EndMarker = "[DONE]" });
        onCancel(answer.Close);
        try
        {
            await foreach (var chunk in answer.ReadAllAsync(ModelJson.Default.Chunk))
            {
                output.Write(chunk.Data.Choices is [var first, ..] ? first.Delta.Content : null);
            }
        }
        catch (SseException failure)
        {
            errors.WriteLine(failure.Message);
            return 1;
        }

        return answer.EndReason == SseEndReason.Marker ? 0 : 130;
    }

    internal sealed record Question(string Model, bool Stream, Message[] Messages);

    internal sealed record Message(string Role, string? Content);

    internal sealed record Chunk(Choice[] Choices);

    internal sealed record Choice(Message Delta);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web), JsonSerializable(typeof(Question)), JsonSerializable(typeof(Chunk))]
    internal sealed partial class ModelJson : JsonSerializerContext;
}
