using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>An event as a client saw it.</summary>
internal sealed record SeenEvent(string Type, string Data, string Id)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What the client of this project sees until it has ended.</summary>
    public static async Task<SeenEvent[]> ByClientAsync(SseClient client)
    {
        using CancellationTokenSource patience = new(Patience);
        List<SeenEvent> seen = [];
        while (await client.WaitToReadAsync(patience.Token))
        {
            while (client.TryRead(out SseFrame frame))
            {
                if (frame.Kind == SseFrameKind.Event)
                {
                    seen.Add(new SeenEvent(
                        Encoding.UTF8.GetString(frame.EventType), frame.GetText(), Encoding.UTF8.GetString(frame.LastEventId)));
                }
            }
        }

        return [.. seen];
    }

    /// <summary>What npm's <c>EventSource</c> sees at each address until the server ends it.</summary>
    public static Task<SeenEvent[][]> ByEventSourceAsync(params IEnumerable<Uri> addresses) => OfAsync("eventsource.mjs", addresses);

    /// <summary>What npm's <c>eventsource-parser</c> finds in each text.</summary>
    public static Task<SeenEvent[][]> ByParserAsync(IEnumerable<string> texts) => OfAsync("parse.mjs", texts);

    private static async Task<SeenEvent[][]> OfAsync<T>(string script, IEnumerable<T> input)
    {
        using Process process = Npm.Start(script);
        try
        {
            await JsonSerializer.SerializeAsync(process.StandardInput.BaseStream, input);
            process.StandardInput.Close();
            string seen = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
            return JsonSerializer.Deserialize<SeenEvent[][]>(seen, JsonSerializerOptions.Web)!;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }
}
