using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Http;

/// <summary>Makes the protocol's exchanges, one at a time each: opens the event stream, asks for a wake, syncs.</summary>
/// <remarks>
/// A transient failure moves an exchange on to the next mirror, each at most once; nothing else is retried here. At most 5 redirects
/// are followed, within the mirror's own origin only: the API key goes nowhere else. Thread-safe.
/// </remarks>
public sealed class ControlPlaneClient
{
    /// <summary>How much of a sync's answer is read: 1 MiB.</summary>
    public const int MaxSyncResponseBytes = 1024 * 1024;

    private const int MaxWakeResponseBytes = 4096;

    private static readonly TimeSpan HeldLong = TimeSpan.FromSeconds(5);

    private readonly RequestSender _requests;
    private readonly RequestSender _streams;
    private readonly MirrorPool _mirrors;
    private readonly ControlPlaneClientOptions _options;

    /// <summary>Makes a client.</summary>
    /// <param name="http">
    /// Sends the requests; it stays the caller's. Use a handler of <see cref="CreateHandler"/>, or one that likewise follows no
    /// redirects, keeps no cookies and decompresses nothing; its timeout must not be shorter than the timeouts of the options.
    /// </param>
    /// <param name="mirrors">Where the control plane is.</param>
    /// <param name="options">The key, timeouts and bounds.</param>
    /// <param name="streamHttp">
    /// Sends the requests for the event stream, so that it shares no connection with polls and syncs (over HTTP/2 it would: one dead
    /// connection must not blind both). Default: <paramref name="http"/>.
    /// </param>
    public ControlPlaneClient(HttpClient http, MirrorPool mirrors, ControlPlaneClientOptions options, HttpClient? streamHttp = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(mirrors);
        ArgumentNullException.ThrowIfNull(options);
        _mirrors = mirrors;
        _options = options;
        _requests = new RequestSender(http, options, Rotation);
        _streams = new RequestSender(streamHttp ?? http, options, Rotation);
    }

    /// <summary>Tells of a key that is accepted after another was refused.</summary>
    internal KeyRotation Rotation { get; } = new();

    /// <summary>Makes a handler as this client wants it: no redirects, no cookies, no decompression, connections renewed every 2 minutes.</summary>
    /// <param name="connectTimeout">How long a connection may take. Default: 10 seconds.</param>
    public static SocketsHttpHandler CreateHandler(TimeSpan? connectTimeout = null) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = connectTimeout ?? TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // A stream or poll that is closed is closed at once.
        ResponseDrainTimeout = TimeSpan.Zero,
    };

    /// <summary>Opens the event stream on the first mirror that serves it.</summary>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror serves it.</exception>
    public Task<EventStream> OpenEventStreamAsync(CancellationToken cancellationToken = default) => OpenEventStreamAsync(null, cancellationToken);

    /// <summary>The same for an agent that applies each id once, and has taken in the controls up to <paramref name="after"/>.</summary>
    internal async Task<EventStream> OpenEventStreamAsync(string? after, CancellationToken cancellationToken)
    {
        var passedOver = new List<ControlPlaneException>();
        EventStream stream = await OnMirrorsAsync(
            _mirrors.Streams, (mirror, token) => OpenEventsOnAsync(mirror, after, token), cancellationToken, failures: passedOver).ConfigureAwait(false);
        stream.PassedOver = passedOver;
        return stream;
    }

    /// <summary>Moves the event stream to another mirror: the one in use opened a stream that did not get through.</summary>
    internal void MoveStream() => _mirrors.Streams.Rotate(_mirrors.Streams.Current);

    /// <summary>Asks whether there is something to sync; held open by the server for up to 28 seconds.</summary>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror answered.</exception>
    public Task<WakeResponse> WaitForWakeAsync(CancellationToken cancellationToken = default) =>
        OnMirrorsAsync(_mirrors.Requests, WaitForWakeOnAsync, cancellationToken);

    /// <summary>Tells the control plane the agent's state and takes its answer.</summary>
    /// <param name="request">What to tell.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror answered, or the answer is not what the protocol knows.</exception>
    public Task<SyncResponse> SyncAsync(SyncRequest request, CancellationToken cancellationToken = default) =>
        SyncAsync(request, null, cancellationToken);

    /// <summary>The same for an agent that applies each id once, and has taken in the controls up to <paramref name="after"/>.</summary>
    internal async Task<SyncResponse> SyncAsync(SyncRequest request, string? after, CancellationToken cancellationToken)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.SyncRequest);
        using var overall = new Deadline(_options.SyncTimeout, _options.TimeProvider, cancellationToken);
        return await OnMirrorsAsync(_mirrors.Requests, (mirror, _) => SyncOnAsync(mirror, body, after, overall), cancellationToken, overall)
            .ConfigureAwait(false);
    }

    private static Uri Endpoint(Uri mirror, string name) => new($"{mirror.AbsoluteUri.TrimEnd('/')}/api/internal/agent/{name}");

    /// <summary>"On a transient failure the pool rotates and the next mirror is tried, each at most once per attempt."</summary>
    private static async Task<T> OnMirrorsAsync<T>(
        MirrorCursor cursor, Func<Uri, CancellationToken, Task<T>> exchange, CancellationToken cancellationToken, Deadline? overall = null,
        List<ControlPlaneException>? failures = null)
    {
        failures ??= [];
        foreach (Uri mirror in cursor.InOrder())
        {
            try
            {
                return await exchange(mirror, cancellationToken).ConfigureAwait(false);
            }
            catch (ControlPlaneException failure)
            {
                // What fails as the caller ends it says nothing about the mirror.
                cancellationToken.ThrowIfCancellationRequested();
                failures.Add(failure);
                if (!failure.IsTransient || failure.WasHeld)
                {
                    failure.Attempts = failures;
                    throw;
                }

                cursor.Rotate(mirror);
                cursor.LeaveAlone(mirror, failure.RetryAfter);
                if (overall is { HasPassed: true })
                {
                    break;
                }
            }
        }

        throw failures.Count == 1 ? failures[0] : new ControlPlaneException(failures);
    }

    private async Task<EventStream> OpenEventsOnAsync(Uri mirror, string? after, CancellationToken cancellationToken)
    {
        Uri uri = Endpoint(mirror, "events");
        using var exchange = new Deadline(_options.ConnectTimeout, _options.TimeProvider, cancellationToken);
        HttpResponseMessage? response = await _streams.SendAsync(uri, EventsRequest, exchange).ConfigureAwait(false);
        try
        {
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await StatusAsync(uri, response, ErrorText.Plain, exchange).ConfigureAwait(false);
            }

            ThrowIfNoEventStream(uri, response);
            Stream body = await response.Content.ReadAsStreamAsync(exchange.Token).ConfigureAwait(false);
            var stream = new EventStream(mirror, response, new CountedStream(body), _options.Limits);
            response = null;
            return stream;
        }
        finally
        {
            response?.Dispose();
        }

        HttpRequestMessage EventsRequest(Uri target) => TakenIn.Tell(after, new HttpRequestMessage(HttpMethod.Get, target)
        {
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") }, CacheControl = new() { NoCache = true } },
        });
    }

    private async Task<WakeResponse> WaitForWakeOnAsync(Uri mirror, CancellationToken cancellationToken)
    {
        using var exchange = new Deadline(_options.ConnectTimeout + _options.WakeTimeout, _options.TimeProvider, cancellationToken);
        Uri uri = Endpoint(mirror, "wake");
        long asked = _options.TimeProvider.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await _requests.SendAsync(uri, target => new HttpRequestMessage(HttpMethod.Get, target), exchange).ConfigureAwait(false);
            return await JsonAsync(uri, response, ProtocolJson.WakeResponse, MaxWakeResponseBytes, exchange).ConfigureAwait(false);
        }
        catch (ControlPlaneException failure) when (failure.IsCut && _options.TimeProvider.GetElapsedTime(asked) >= HeldLong)
        {
            // It works; another mirror could only take its place.
            failure.WasHeld = true;
            throw;
        }
    }

    private async Task<SyncResponse> SyncOnAsync(Uri mirror, byte[] body, string? after, Deadline exchange)
    {
        Uri uri = Endpoint(mirror, "sync");
        using HttpResponseMessage response = await _requests.SendAsync(uri, SyncRequest, exchange).ConfigureAwait(false);
        return await JsonAsync(uri, response, ProtocolJson.SyncResponse, MaxSyncResponseBytes, exchange).ConfigureAwait(false);

        HttpRequestMessage SyncRequest(Uri target) => TakenIn.Tell(after, new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        });
    }

    private async Task<T> JsonAsync<T>(Uri uri, HttpResponseMessage response, JsonTypeInfo<T> contract, int maxBytes, Deadline exchange)
        where T : class
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await StatusAsync(uri, response, ErrorText.Json, exchange).ConfigureAwait(false);
        }

        try
        {
            using BoundedBody body = await BoundedBody.ReadAsync(response.Content, maxBytes, exchange.Token).ConfigureAwait(false);
            return !body.IsWhole
                ? throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, $"the answer is larger than {maxBytes} bytes")
                : body.Json(contract)
                ?? throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, "the answer is null");
        }
        catch (JsonException exception)
        {
            throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, $"the answer does not parse: {PayloadException.Describe(exception)}");
        }
        catch (Exception exception) when (exchange.IsFailure(exception))
        {
            throw TransientFailure.Describe(uri, exception, KeyRedaction.KeyOf(response));
        }
    }

    private async Task<ControlPlaneException> StatusAsync(Uri uri, HttpResponseMessage response, ErrorText form, Deadline exchange)
    {
        string text = KeyRedaction.Redacted(response, await ErrorBody.ReadAsync(response.Content, form, exchange).ConfigureAwait(false));
        string message = $"HTTP {(int)response.StatusCode}";
        return new ControlPlaneException(ControlPlaneError.HttpStatus, uri, text.Length > 0 ? $"{message}: {text}" : message)
        {
            StatusCode = response.StatusCode,
            RetryAfter = RetryAfterOf(response),
        };
    }

    /// <summary>"On 429 and 503 (seconds or HTTP date), waited for, at most 5 minutes."</summary>
    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
        {
            return null;
        }

        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? wait = header?.Delta ?? (header?.Date - _options.TimeProvider.GetUtcNow());
        return wait is { } given && given > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(given.Ticks, 5 * TimeSpan.TicksPerMinute)) : null;
    }

    private static void ThrowIfNoEventStream(Uri uri, HttpResponseMessage response)
    {
        HttpContentHeaders headers = response.Content.Headers;
        if (!string.Equals(headers.ContentType?.MediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            string type = KeyRedaction.Redacted(response, headers.ContentType?.MediaType ?? "nothing");
            throw new ControlPlaneException(ControlPlaneError.NotAnEventStream, uri, $"200 with a body of type '{type}', not an event stream");
        }

        if (headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            string encoding = KeyRedaction.Redacted(response, string.Join(", ", headers.ContentEncoding));
            throw new ControlPlaneException(ControlPlaneError.NotAnEventStream, uri, $"the event stream came with content encoding '{encoding}', which was not asked for");
        }
    }
}
