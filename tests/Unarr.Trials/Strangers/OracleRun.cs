using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>One server for all streams, each of which it sends once, and what each client sees there.
/// The others run once for all.</summary>
public sealed class OracleRun : IAsyncLifetime
{
    private readonly string[] _streams = [.. OracleTests.Streams.Select(static row => (string)row[0])];
    private readonly Lazy<Task<SeenEvent[][]>> _eventSource;
    private readonly Lazy<Task<SeenEvent[][]>> _parser;
    private StreamServer _server = null!;

    public OracleRun()
    {
        _eventSource = new(() => SeenEvent.ByEventSourceAsync(
            _streams.Select((_, index) => new Uri(_server.Address, $"{index}/eventsource"))));
        _parser = new(() => SeenEvent.ByParserAsync(_streams));
    }

    public async Task InitializeAsync() => _server = await StreamServer.StartAsync(AnswerAsync);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    internal async Task<SeenEvent[]> ByClientAsync(string stream)
    {
        await using SseClient client = new(
            new Uri(_server.Address, $"{IndexOf(stream)}/client"), new SseClientOptions { CloseAtEnd = true });
        return await SeenEvent.ByClientAsync(client);
    }

    internal async Task<SeenEvent[]> ByEventSourceAsync(string stream) => (await _eventSource.Value)[IndexOf(stream)];

    internal async Task<SeenEvent[]> ByParserAsync(string stream) => (await _parser.Value)[IndexOf(stream)];

    private int IndexOf(string stream) => Array.IndexOf(_streams, stream);

    private async Task AnswerAsync(HttpContext context, int number)
    {
        if (number > 1)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        string stream = _streams[int.Parse(context.Request.Path.Value!.Split('/')[1], CultureInfo.InvariantCulture)];
        context.Response.ContentType = "text/event-stream";
        // Another client waits for seconds before it asks again; a byte order mark is one at the very beginning only.
        byte[] bytes = Encoding.UTF8.GetBytes(stream.StartsWith('\uFEFF') ? stream : "retry: 1\n" + stream);
        foreach (byte[] piece in bytes.Chunk(bytes.Length > 1_000 ? 4_096 : 1))
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    }
}
