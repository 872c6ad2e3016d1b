using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Makes the protocol's exchanges, one at a time each: opens the event stream, asks for a wake, syncs.</summary>
/// <remarks>
/// A transient failure or a refused key moves an exchange on to the next mirror, each at most once; a poll or sync whose connection
/// ends without an answer is sent once more to the same mirror; nothing else is retried here. At most 5 redirects
/// are followed, within the mirror's own origin only: the API key goes nowhere else. Thread-safe.
/// </remarks>
internal sealed class ControlPlaneClient
{
    /// <summary>How much of a sync's answer is read: 1 MiB.</summary>
    public const int MaxSyncResponseBytes = 1024 * 1024;

    private const int MaxWakeResponseBytes = 4096;

    private static readonly TimeSpan HeldLong = TimeSpan.FromSeconds(5);

    private readonly RequestSender _requests;
    private readonly RequestSender _streams;
    private readonly MirrorPool _mirrors;
    private readonly ControlPlaneClientOptions _options;
    private EventStream? _stream;

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
    public ControlPlaneClient(
        HttpMessageInvoker http, MirrorPool mirrors, ControlPlaneClientOptions options, HttpMessageInvoker? streamHttp = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(mirrors);
        ArgumentNullException.ThrowIfNull(options);
        _mirrors = mirrors;
        _options = options;
        _requests = new RequestSender(http, options, Rotation);
        _streams = new RequestSender(streamHttp ?? http, options, Rotation);
    }

    /// <summary>Where the control plane is.</summary>
    public MirrorPool Mirrors => _mirrors;

    /// <summary>Knows whether a key that was refused is still the one to use.</summary>
    internal KeyRotation Rotation { get; } = new();

    /// <summary>Makes a handler as this client wants it: no redirects, no cookies, no decompression,
    /// connections renewed every 2 minutes.</summary>
    /// <param name="connectTimeout">How long a connection may take. Default: 10 seconds.</param>
    /// <remarks>
    /// All addresses of a host are tried, 250 ms apart (RFC 8305). Proxies are those of the environment (<c>http_proxy</c>,
    /// <c>https_proxy</c>,
    /// <c>all_proxy</c>, <c>no_proxy</c>), never for loopback; set <see cref="SocketsHttpHandler.Proxy"/> for another.
    /// Certificates cause no requests: neither missing authorities nor revocation lists are fetched; the chain policy of the TLS options
    /// changes that.
    /// </remarks>
    /// <exception cref="ProxyVariableException">A proxy variable holds what cannot be used.</exception>
    public static SocketsHttpHandler CreateHandler(TimeSpan? connectTimeout = null) =>
        (connectTimeout is { } timeout ? new ControlPlaneHandler { ConnectTimeout = timeout } : new ControlPlaneHandler()).Create();

    /// <summary>Opens the event stream on the first mirror that serves it.</summary>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror serves it.</exception>
    public Task<EventStream> OpenEventStreamAsync(CancellationToken cancellationToken = default) =>
        OpenEventStreamAsync(null, cancellationToken);

    /// <summary>The same for an agent that applies each id once, and has taken in the controls up to <paramref name="after"/>.</summary>
    internal async Task<EventStream> OpenEventStreamAsync(string? after, CancellationToken cancellationToken)
    {
        var walk = new MirrorWalk(_mirrors.Streams);
        EventStream stream = await walk
            .RunAsync((mirror, token) => OpenEventsOnAsync(mirror, after, token), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        stream.PassedOver = walk.Failures;
        Volatile.Write(ref _stream, stream);
        return stream;
    }

    /// <summary>Moves the event stream off a mirror whose stream did not get through.</summary>
    internal void MoveStream(Uri mirror) => _mirrors.Streams.Rotate(mirror);

    /// <summary>Asks whether there is something to sync; held open by the server for up to 28 seconds.</summary>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror answered.</exception>
    public Task<WakeResponse> WaitForWakeAsync(CancellationToken cancellationToken = default) =>
        new MirrorWalk(_mirrors.Requests).RunAsync(WaitForWakeOnAsync, cancellationToken: cancellationToken);

    /// <summary>Tells the control plane the agent's state and takes its answer.</summary>
    /// <param name="request">What to tell.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror answered, or the answer is not what the protocol knows.</exception>
    public async Task<SyncResponse> SyncAsync(SyncRequest request, CancellationToken cancellationToken = default)
    {
        JsonAnswer<SyncResponse> answer = await SyncAsync(request, null, cancellationToken).ConfigureAwait(false);
        answer.Body.Dispose();
        return answer.Value;
    }

    /// <summary>The same for an agent that applies each id once, and has taken in the controls up to <paramref name="after"/>; with the
    /// answer's bytes, which the caller disposes.</summary>
    internal async Task<JsonAnswer<SyncResponse>> SyncAsync(SyncRequest request, string? after, CancellationToken cancellationToken)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.SyncRequest);
        using var overall = new Deadline(_options.SyncTimeout, _options.TimeProvider, cancellationToken);
        return await new MirrorWalk(_mirrors.Requests, StreamsMirror)
            .RunAsync((mirror, _) => SyncOnAsync(mirror, body, after, overall), overall, cancellationToken)
            .ConfigureAwait(false);
    }

    private Uri Endpoint(Uri mirror, string name) => new($"{mirror.AbsoluteUri.TrimEnd('/')}{_options.BasePath}/{name}");

    /// <summary>Makes an exchange of the application's own.</summary>
    /// <param name="call">What it asks for.</param>
    /// <param name="answered">Reads the answer.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="ControlPlaneException">No mirror answered, or the answer is not what was asked for.</exception>
    private async Task<T> CallAsync<T>(
        ApplicationCall call, Func<Uri, Answer, Deadline, Task<T>> answered, CancellationToken cancellationToken)
    {
        using var overall = new Deadline(call.Timeout, _options.TimeProvider, cancellationToken);
        var walk = new MirrorWalk(_mirrors.Requests, StreamsMirror);
        return await walk.RunAsync(CallOnAsync, overall, cancellationToken).ConfigureAwait(false);

        async Task<T> CallOnAsync(Uri mirror, CancellationToken token)
        {
            Uri uri = call.Path.StartsWith('/') ? new($"{mirror.AbsoluteUri.TrimEnd('/')}{call.Path}") : Endpoint(mirror, call.Path);

            // The last mirror that is left has all the time that is left.
            using Deadline headers = overall.Part(walk.HasMore ? _options.ConnectTimeout : call.Timeout);
            using Answer answer =
                await _requests.SendAsync(uri, call.Request, headers, new Resend(TimeSpan.MaxValue)).ConfigureAwait(false);
            return await answered(uri, answer, overall).ConfigureAwait(false);
        }
    }

    /// <summary>Makes an exchange of the application's own whose answer is JSON.</summary>
    internal Task<T> CallAsync<T>(ApplicationCall call, JsonTypeInfo<T> contract, CancellationToken cancellationToken) => CallAsync(
        call, (uri, answer, exchange) => JsonAsync(uri, answer, contract, call.MaxAnswerBytes, exchange), cancellationToken);

    /// <summary>Makes an exchange of the application's own whose answer is not read.</summary>
    internal Task CallAsync(ApplicationCall call, CancellationToken cancellationToken) => CallAsync(
        call,
        async (uri, answer, exchange) =>
        {
            HttpResponseMessage response = answer.Response;
            IEnumerable<string> types = RawFields.Of(response.Content.Headers, "Content-Type");
            return !response.IsSuccessStatusCode ? throw await StatusAsync(uri, answer, ErrorText.Json, exchange).ConfigureAwait(false)
                : types.Any(type => type.Contains("html", StringComparison.OrdinalIgnoreCase))
                    ? throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, "the answer is a page, not the endpoint's")
                : response.StatusCode;
        },
        cancellationToken);

    /// <summary>The mirror that serves an event stream now.</summary>
    private Uri? StreamsMirror() => Volatile.Read(ref _stream) is { IsOpen: true } stream ? stream.Mirror : null;

    private async Task<EventStream> OpenEventsOnAsync(Uri mirror, string? after, CancellationToken cancellationToken)
    {
        Uri uri = Endpoint(mirror, "events");
        using var exchange = new Deadline(_options.ConnectTimeout, _options.TimeProvider, cancellationToken);
        Answer? answer = await _streams.SendAsync(uri, EventsRequest, exchange, new Resend(TimeSpan.Zero)).ConfigureAwait(false);
        try
        {
            if (answer.Response.StatusCode != HttpStatusCode.OK)
            {
                throw await StatusAsync(uri, answer, ErrorText.Plain, exchange).ConfigureAwait(false);
            }

            ThrowIfNoEventStream(uri, answer);
            Stream body = await answer.Response.Content.ReadAsStreamAsync(exchange.Token).ConfigureAwait(false);
            var stream = new EventStream(mirror, answer.Response, new CountedStream(body), _options.StreamOptions);
            answer = null;
            return stream;
        }
        finally
        {
            answer?.Dispose();
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
            // "Held for 5 s or more and then cut" is an answer: only what is cut before is asked again.
            using Answer answer = await _requests
                .SendAsync(uri, target => new HttpRequestMessage(HttpMethod.Get, target), exchange, new Resend(HeldLong))
                    .ConfigureAwait(false);
            return await JsonAsync(uri, answer, ProtocolJson.WakeResponse, MaxWakeResponseBytes, exchange).ConfigureAwait(false);
        }
        catch (ControlPlaneException failure) when (failure.IsCut && _options.TimeProvider.GetElapsedTime(asked) >= HeldLong)
        {
            // "Held for 5 s or more and then cut, or ended with any 5xx without Retry-After: as {"wake":false}."
            failure.WasHeld = true;
            throw;
        }
    }

    private async Task<JsonAnswer<SyncResponse>> SyncOnAsync(Uri mirror, byte[] body, string? after, Deadline exchange)
    {
        Uri uri = Endpoint(mirror, "sync");

        // "The connect timeout (10 s a mirror) holds for syncs and polls too."
        using Deadline headers = exchange.Part(_options.ConnectTimeout);
        using Answer answer = await _requests.SendAsync(uri, SyncRequest, headers, new Resend(TimeSpan.MaxValue)).ConfigureAwait(false);
        return await ReadAsync(uri, answer, ProtocolJson.SyncResponse, MaxSyncResponseBytes, exchange).ConfigureAwait(false);

        HttpRequestMessage SyncRequest(Uri target) => TakenIn.Tell(after, new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        });
    }

    private async Task<T> JsonAsync<T>(Uri uri, Answer answer, JsonTypeInfo<T> contract, int maxBytes, Deadline exchange)
    {
        JsonAnswer<T> read = await ReadAsync(uri, answer, contract, maxBytes, exchange).ConfigureAwait(false);
        read.Body.Dispose();
        return read.Value;
    }

    private async Task<JsonAnswer<T>> ReadAsync<T>(Uri uri, Answer answer, JsonTypeInfo<T> contract, int maxBytes, Deadline exchange)
    {
        HttpResponseMessage response = answer.Response;
        if (!response.IsSuccessStatusCode)
        {
            throw await StatusAsync(uri, answer, ErrorText.Json, exchange).ConfigureAwait(false);
        }

        if (ContentCoding.Of(RawFields.Of(response.Content.Headers, "Content-Encoding")) is { } coding)
        {
            throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, Encoded("answer", coding));
        }

        BoundedBody? body = null;
        try
        {
            body = await BoundedBody.ReadAsync(response.Content, maxBytes, exchange.Token).ConfigureAwait(false);
            T value = !body.IsWhole
                ? throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, $"the answer is larger than {maxBytes} bytes")
                : body.Json(contract)
                ?? throw new ControlPlaneException(ControlPlaneError.InvalidPayload, uri, "the answer is null");
            (BoundedBody whole, body) = (body, null);
            return new JsonAnswer<T>(value, whole);
        }
        catch (JsonException exception)
        {
            throw new ControlPlaneException(
                ControlPlaneError.InvalidPayload, uri, $"the answer does not parse: {PayloadException.Describe(exception)}");
        }
        catch (Exception exception) when (exception is not ControlPlaneException && exchange.IsFailure(exception))
        {
            throw TransientFailure.Describe(uri, exception, answer.Key);
        }
        finally
        {
            body?.Dispose();
        }
    }

    private async Task<ControlPlaneException> StatusAsync(Uri uri, Answer answer, ErrorText form, Deadline exchange)
    {
        HttpResponseMessage response = answer.Response;
        using Deadline reading = exchange.Part(_options.ConnectTimeout);
        (string text, ErrorResponse? error) = await ErrorBody.ReadAsync(response.Content, form, reading).ConfigureAwait(false);
        text = answer.Redacted(text);
        string message = $"HTTP {(int)response.StatusCode}";
        return new ControlPlaneException(ControlPlaneError.HttpStatus, uri, text.Length > 0 ? $"{message}: {text}" : message)
        {
            StatusCode = response.StatusCode,
            Code = error?.Error is { } code ? answer.Redacted(code.Trim()) : null,
            ServerMessage = error?.Message is { } told ? answer.Redacted(told) : null,
            Details = error is null ? default : answer.Redacted(error.Details),
            RetryAfter = RetryAfter.Of(response, _options.TimeProvider.GetUtcNow()),
            RefusedKey = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? answer.Stamp : null,
        };
    }

    private static void ThrowIfNoEventStream(Uri uri, Answer answer)
    {
        HttpContentHeaders headers = answer.Response.Content.Headers;
        IEnumerable<string> types = RawFields.Of(headers, "Content-Type");
        if (!EventStreamType.IsNamedBy(types))
        {
            string type = EventStreamType.Shown(types) is { Length: > 0 } shown ? answer.Redacted(shown) : "nothing";
            throw new ControlPlaneException(
                ControlPlaneError.NotAnEventStream, uri, $"the answer has status 200 and the type '{type}': it is not an event stream");
        }

        if (ContentCoding.Of(RawFields.Of(headers, "Content-Encoding")) is { } coding)
        {
            throw new ControlPlaneException(ControlPlaneError.NotAnEventStream, uri, Encoded("event stream", coding));
        }
    }

    private static string Encoded(string what, string coding) =>
        $"the {what} came with content encoding '{coding}', which was not asked for";
}
