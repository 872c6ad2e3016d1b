using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>The network of a test: every request is handed to the test, which answers it or does not.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Channel<ScriptedRequest>> _endpoints = new();

    /// <summary>Every request that came, in order.</summary>
    public ConcurrentQueue<ScriptedRequest> Requests { get; } = new();

    /// <summary>Every response that was given.</summary>
    public ConcurrentQueue<TrackedResponse> Responses { get; } = new();

    /// <summary>Answers requests at once, instead of handing them out.</summary>
    public Func<ScriptedRequest, HttpResponseMessage?>? Auto { get; set; }

    public Task<ScriptedRequest> EventsAsync() => NextAsync("events");

    public Task<ScriptedRequest> WakeAsync() => NextAsync("wake");

    public Task<ScriptedRequest> SyncAsync() => NextAsync("sync");

    /// <summary>The next request for an endpoint of the application's.</summary>
    public Task<ScriptedRequest> RequestAsync(string endpoint) => NextAsync(endpoint);

    /// <summary>Answers each sync with nothing until something else has ended.</summary>
    /// <returns>The hosts that were asked, in order.</returns>
    public async Task<IReadOnlyList<string>> AnswerSyncsAsync(Task until)
    {
        List<string> hosts = [];
        while (!until.IsCompleted)
        {
            await Task.WhenAny(until, Endpoint("sync").Reader.WaitToReadAsync().AsTask());
            while (Endpoint("sync").Reader.TryRead(out ScriptedRequest? sync))
            {
                hosts.Add(sync.Message.RequestUri!.Host);
                sync.Json("{}");
            }
        }

        return hosts;
    }

    /// <summary>A request that has come and was not asked for yet.</summary>
    public bool HasPending(string endpoint) => Endpoint(endpoint).Reader.Count > 0;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string? body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var scripted = new ScriptedRequest(this, request, body, cancellationToken);
        Requests.Enqueue(scripted);
        if (Auto?.Invoke(scripted) is { } response)
        {
            response.RequestMessage = request;
            return response;
        }

        Endpoint(request.RequestUri!.Segments[^1]).Writer.TryWrite(scripted);
        response = await scripted.Answered.ConfigureAwait(false);
        response.RequestMessage = request;
        return response;
    }

    private Channel<ScriptedRequest> Endpoint(string name) => _endpoints.GetOrAdd(name, _ => Channel.CreateUnbounded<ScriptedRequest>());

    private Task<ScriptedRequest> NextAsync(string name) => Signal.Of(Endpoint(name).Reader.ReadAsync().AsTask(), $"a request for {name}");
}
