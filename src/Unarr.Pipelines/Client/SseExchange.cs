using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using System.Text;
using Unarr.Pipelines.Net;

namespace Unarr.Pipelines.Sse;

/// <summary>Makes one attempt: sends the request, follows redirects, and says what the answer is. It decides nothing about when.</summary>
/// <param name="http">Sends the requests.</param>
/// <param name="createRequest">Makes them.</param>
/// <param name="settings">The options.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class SseExchange(
    HttpMessageInvoker http,
    Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>> createRequest,
    SseClientSettings settings,
    TimeProvider timeProvider)
{
    private const string LastEventIdName = "Last-Event-ID";

    private HttpMessageInvoker? _bareHttp;
    private bool _isAsciiOnly;
    private bool _isIdMissed;

    /// <summary>Is told what happens; <see langword="null"/>: nobody is.</summary>
    public SseClientObserver? Observer { get; init; }

    /// <summary>How long the last read was waited for; read when bytes came.</summary>
    public Func<TimeSpan> Waited { get; init; } = static () => TimeSpan.Zero;

    /// <summary>Returns the id that is sent; "" for one that cannot be.</summary>
    public string Sendable(string lastEventId)
    {
        string? reason = Encoding.UTF8.GetByteCount(lastEventId) > TakenId.MostSent ? $"it is longer than {TakenId.MostSent} bytes"
            : _isAsciiOnly && !Ascii.IsValid(lastEventId) ? "the handler's headers cannot carry it"
            : null;
        if (reason is null)
        {
            return lastEventId;
        }

        if (!_isIdMissed)
        {
            _isIdMissed = true;
            Observer?.IdNotSent(reason);
        }

        return "";
    }

    /// <summary>Has a request made.</summary>
    public ValueTask<HttpRequestMessage?> CreateAsync(SseAttempt attempt, CancellationToken cancellationToken) =>
        createRequest(attempt, cancellationToken);

    /// <summary>Where a request goes to.</summary>
    public Uri? AddressOf(HttpRequestMessage request) => http is HttpClient { BaseAddress: { } root }
        ? request.RequestUri is { } uri ? new Uri(root, uri) : root
        : request.RequestUri;

    /// <summary>Sends a request, and disposes it unless a stream is open then.</summary>
    /// <param name="scope">The attempt.</param>
    /// <param name="attempt">The attempt, as the function that makes requests is told of it.</param>
    /// <param name="request">The request.</param>
    /// <param name="lastEventId">The last event id, also where it cannot be sent.</param>
    public async ValueTask<SseAnswer> SendAsync(AttemptScope scope, SseAttempt attempt, HttpRequestMessage request, string lastEventId)
    {
        HttpRequestMessage? current = request;
        bool isBare = false;
        try
        {
            for (int redirects = 0; ; redirects++)
            {
                HttpResponseMessage response;
                try
                {
                    (response, current) = await SendWithIdAsync(scope, attempt, current, isBare).ConfigureAwait(false);
                }
                catch (Exception exception) when (scope.Cause == AttemptEnd.None)
                {
                    return Failed(ConnectionFailure.EndOf(exception), current, exception);
                }

                scope.Response = response;
                if (AttemptEnds.OfStatus((int)response.StatusCode) != AttemptEnd.Redirected)
                {
                    HttpRequestMessage sent = current;
                    SseAnswer answer = await ReadAsync(scope, sent, response, lastEventId).ConfigureAwait(false);
                    current = answer.Connection is null ? sent : null;
                    return answer;
                }

                using (response)
                {
                    (Uri? target, string refusal) = Follow(current, response, redirects);
                    if (target is null)
                    {
                        return Redirected(current, response, refusal);
                    }

                    isBare |= !RedirectRule.IsSameOrigin(AddressOf(current, response)!, target);
                    HttpRequestMessage? next = await NextAsync(scope, attempt, current, response, target, isBare).ConfigureAwait(false);
                    if (next is null)
                    {
                        return Redirected(current, response, "a redirect for which no request was made");
                    }

                    current.Dispose();
                    current = next;
                }
            }
        }
        finally
        {
            current?.Dispose();
        }
    }

    /// <summary>Ends what this holds of its own.</summary>
    public void Dispose() => _bareHttp?.Dispose();

    /// <summary>The exception of an end that no answer explains.</summary>
    public static SseException Failure(AttemptEnd end, HttpRequestMessage? request, Exception? exception, Uri? proxy = null)
    {
        var secrets = new SecretRedaction(request);
        Uri? uri = SecretRedaction.Redacted(request?.RequestUri);
        string cause = exception is null ? "" : ProxyFailure.Through(
            ProxyFailure.Describe(exception, proxy) ?? ConnectionFailure.Text(exception), proxy);
        string where = uri?.ToString() ?? "the server";
        string message = end switch
        {
            AttemptEnd.NotConnected or AttemptEnd.NotTrusted => $"No connection to {where} was made: {cause}.",
            AttemptEnd.Broken => $"The connection to {where} ended before an answer came: {cause}.",
            AttemptEnd.NoAnswer => $"No answer from {where} came in time.",
            AttemptEnd.Cut => $"The event stream of {where} broke off: {cause}.",
            AttemptEnd.MarkerMissing => $"The event stream of {where} ended without its end marker.",
            AttemptEnd.Silent => $"The event stream of {where} was silent for too long.",
            _ => $"The request to {where} failed: {exception?.GetType().Name}: {exception?.Message}",
        };
        bool isQuoting = exception is not null && (FailureWords.IsQuoting(exception) || secrets.IsIn(exception.ToString()));
        return new SseException(ConnectionFailure.ErrorOf(end), secrets.Redacted(message), isQuoting ? null : exception)
        {
            Uri = uri,
            StatusCode = end is AttemptEnd.Cut or AttemptEnd.MarkerMissing or AttemptEnd.Silent ? HttpStatusCode.OK : null,
        };
    }

    private static SseAnswer Failed(AttemptEnd end, HttpRequestMessage request, Exception exception) =>
        new() { End = end, Failure = Failure(end, request, exception, (exception.Data[typeof(ProxyTrace)] as ProxyTrace)?.Proxy) };

    private static SseAnswer Redirected(HttpRequestMessage request, HttpResponseMessage response, string refusal)
    {
        Uri? uri = SecretRedaction.Redacted(AddressOf(request, response));
        return new SseAnswer
        {
            End = AttemptEnd.Redirected,
            Headers = response.Headers,
            Failure = new SseException(
                SseError.Redirect, $"{uri?.ToString() ?? "The server"} answered with status {(int)response.StatusCode}: {refusal}.")
            {
                Uri = uri,
                StatusCode = response.StatusCode,
            },
        };
    }

    private static Uri? AddressOf(HttpRequestMessage request, HttpResponseMessage response) =>
        response.RequestMessage?.RequestUri is { IsAbsoluteUri: true } answered ? answered : request.RequestUri;

    private static HeaderStringValues Fields(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values : default;

    /// <summary>"Followed by the client, at most 5, within the origin only."</summary>
    private (Uri? Target, string Refusal) Follow(HttpRequestMessage request, HttpResponseMessage response, int redirects)
    {
        Uri? from = AddressOf(request, response);
        Uri? target = from is null ? null : RedirectRule.Target(from, Fields(response.Headers, "Location"));
        return (target, redirects) switch
        {
            (null, _) => (null, "a redirect without an address"),
            (_, _) when redirects >= settings.MaxRedirects => (null, $"more than {settings.MaxRedirects} redirects"),
            (_, _) when settings.Strict || RedirectRule.IsSameOrigin(from!, target) => (target, ""),
            _ => (null, "a redirect to another origin "
                + $"('{target.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}'), which is not followed"),
        };
    }

    /// <summary>"The factory is asked again"; "another origin is followed by a GET without any header of the factory's".</summary>
    private async ValueTask<HttpRequestMessage?> NextAsync(
        AttemptScope scope, SseAttempt attempt, HttpRequestMessage before, HttpResponseMessage response, Uri target, bool isBare)
    {
        if (isBare)
        {
            return new HttpRequestMessage(HttpMethod.Get, target);
        }

        HttpRequestMessage? next = await createRequest(attempt, scope.Token).ConfigureAwait(false);
        if (next is not null)
        {
            next.RequestUri = target;
            // A request that became a GET stays one.
            bool isGet = before.Method == HttpMethod.Get && next.Method != HttpMethod.Get;
            if (isGet || RedirectRule.BecomesGet((int)response.StatusCode, next.Method))
            {
                next.Method = HttpMethod.Get;
                next.Content?.Dispose();
                next.Content = null;
            }
        }

        return next;
    }

    /// <summary>Sends a request with the last event id; without it, once more, where the handler cannot write it.</summary>
    private async ValueTask<(HttpResponseMessage Response, HttpRequestMessage Sent)> SendWithIdAsync(
        AttemptScope scope, SseAttempt attempt, HttpRequestMessage request, bool isBare)
    {
        string id = Sendable(attempt.LastEventId);
        AddHeaders(request, id);
        ExceptionDispatchInfo refused;
        try
        {
            return (await SendOnceAsync(request, isBare, scope.Token).ConfigureAwait(false), request);
        }
        catch (HttpRequestException exception) when (!Ascii.IsValid(id) && !_isAsciiOnly && !scope.Token.IsCancellationRequested
            && exception is { HttpRequestError: HttpRequestError.Unknown, InnerException: null, StatusCode: null })
        {
            // "One that a foreign handler's headers cannot carry (the default one throws on non-ASCII) is not sent."
            _isAsciiOnly = true;
            refused = ExceptionDispatchInfo.Capture(exception);
        }

        HttpRequestMessage? again = isBare
            ? new HttpRequestMessage(HttpMethod.Get, request.RequestUri)
            : await WithoutIdAsync(scope, attempt, request).ConfigureAwait(false);
        if (again is null)
        {
            // No further request is to be made: the first one has failed.
            refused.Throw();
        }

        AddHeaders(again, Sendable(id));
        return (await SendOnceAsync(again, isBare, scope.Token).ConfigureAwait(false), again);
    }

    /// <summary>A message can be sent once: what was made of it is made again. Nothing of it had left.</summary>
    private async ValueTask<HttpRequestMessage?> WithoutIdAsync(AttemptScope scope, SseAttempt attempt, HttpRequestMessage request)
    {
        if (await createRequest(attempt, scope.Token).ConfigureAwait(false) is not { } made)
        {
            return null;
        }

        made.RequestUri = request.RequestUri;
        if (made.Method != request.Method)
        {
            made.Method = request.Method;
            made.Content = null;
        }

        request.Dispose();
        return made;
    }

    private void AddHeaders(HttpRequestMessage request, string lastEventId)
    {
        HttpRequestHeaders headers = request.Headers;
        if (!headers.NonValidated.Contains("Accept"))
        {
            headers.TryAddWithoutValidation("Accept", settings.AcceptJson ? "text/event-stream, application/json" : "text/event-stream");
        }

        if (!headers.NonValidated.Contains("Cache-Control"))
        {
            headers.TryAddWithoutValidation("Cache-Control", "no-cache");
        }

        if (!headers.NonValidated.Contains("Accept-Encoding"))
        {
            headers.TryAddWithoutValidation("Accept-Encoding", DecodedContent.Codings);
        }

        if (lastEventId.Length > 0)
        {
            headers.Remove(LastEventIdName);
            headers.TryAddWithoutValidation(LastEventIdName, lastEventId);
        }
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(
        HttpRequestMessage request, bool isBare, CancellationToken cancellationToken)
    {
        var trace = ProxyTrace.Begin();
        try
        {
            HttpResponseMessage response = await AnswerAsync(request, isBare, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                // It came too late: nobody reads it.
                response.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
            }

            DecodedContent.Decode(response);
            return response;
        }
        catch (Exception exception)
        {
            exception.Data[typeof(ProxyTrace)] = trace;
            throw;
        }
    }

    /// <summary>A client that is called as an invoker reads the whole answer first: a stream has no end.</summary>
    private Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, bool isBare, CancellationToken cancellationToken)
    {
        if (http is not HttpClient client)
        {
            return http.SendAsync(request, cancellationToken);
        }

        if (isBare && client.DefaultRequestHeaders.NonValidated.Count > 0)
        {
            // The client's own headers are for its own server; it adds them to whatever it sends.
            _bareHttp ??= new HttpMessageInvoker(SseClient.CreateHandler());
            return _bareHttp.SendAsync(request, cancellationToken);
        }

        if (request.Version == HttpVersion.Version11 && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower)
        {
            request.Version = client.DefaultRequestVersion;
            request.VersionPolicy = client.DefaultVersionPolicy;
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Says what an answer is that is not a redirect.</summary>
    private async ValueTask<SseAnswer> ReadAsync(
        AttemptScope scope, HttpRequestMessage request, HttpResponseMessage response, string lastEventId)
    {
        HttpResponseMessage? unused = response;
        try
        {
            AttemptEnd end = AttemptEnds.OfStatus((int)response.StatusCode);
            if (end == AttemptEnd.NoContent)
            {
                return new SseAnswer { End = end, Headers = response.Headers };
            }

            bool isJson = settings.AcceptJson && end == AttemptEnd.None && JsonBody.IsNamedBy(
                Fields(response.Content.Headers, "Content-Type"));
            if (!isJson && await FailureAsync(scope, request, response).ConfigureAwait(false) is { } failure)
            {
                return new SseAnswer
                {
                    End = end == AttemptEnd.None ? AttemptEnd.MediaType : end,
                    Failure = failure,
                    Headers = response.Headers,
                    RetryAfter = RetryAfterHeader.Parse(
                        Fields(response.Headers, "Retry-After"), Fields(response.Headers, "Date"), timeProvider.GetUtcNow()) ?? default,
                };
            }

            SseConnection connection = await OpenAsync(scope, request, response, lastEventId, isJson).ConfigureAwait(false);
            unused = null;
            return new SseAnswer { Connection = connection, Headers = response.Headers };
        }
        catch (SseException exception) when (scope.Cause == AttemptEnd.None)
        {
            return new SseAnswer
            {
                End = AttemptEnd.BoundPassed,
                Failure = BoundPassed(exception, request),
                Headers = response.Headers,
            };
        }
        catch (Exception exception) when (scope.Cause == AttemptEnd.None)
        {
            AttemptEnd end = ConnectionFailure.EndOf(exception) == AttemptEnd.Fault ? AttemptEnd.Fault : AttemptEnd.Cut;
            return new SseAnswer { End = end, Failure = Failure(end, request, exception), Headers = response.Headers };
        }
        finally
        {
            unused?.Dispose();
        }
    }

    private ValueTask<SseException?> FailureAsync(AttemptScope scope, HttpRequestMessage request, HttpResponseMessage response)
    {
        var secrets = new SecretRedaction(request, response.RequestMessage);
        return EventStreamResponse.FailureOfAsync(
            response, SecretRedaction.Redacted(AddressOf(request, response)), secrets.Redacted, timeProvider, scope.Token);
    }

    private async ValueTask<SseConnection> OpenAsync(
        AttemptScope scope, HttpRequestMessage request, HttpResponseMessage response, string lastEventId, bool isJson)
    {
        Stream body = await response.Content.ReadAsStreamAsync(scope.Token).ConfigureAwait(false);
        SseReaderOptions bounds = settings.Reader;
        if (isJson)
        {
            body = await JsonBody.ReadAsync(body, settings.Reader.MaxEventBytes, scope.Token).ConfigureAwait(false);
            // JSON often is one line: the bound of an event is all that it keeps.
            bounds = new SseReaderOptions
            {
                MaxEventBytes = bounds.MaxEventBytes,
                MaxLineBytes = Math.Min(Math.Max(bounds.MaxLineBytes, bounds.MaxEventBytes + 32), SseReaderOptions.MaxBoundBytes),
            };
        }
        else if (Observer is { } observer)
        {
            body = new CountedStream(body, bytes => observer.BytesRead(bytes, Waited()));
        }

        var framer = new SseFramer(bounds)
        {
            KeepsSpareArrays = true,
            IsExtended = true,
            EndMarker = isJson ? null : settings.EndMarker,
            EndEventType = isJson ? null : settings.EndEventType,
        };
        framer.ResumeFrom(lastEventId);
        return new SseConnection(scope, request, response, new SseReader(body, framer), framer, isJson);
    }

    /// <summary>The failure of a framer, with the address.</summary>
    public static SseException BoundPassed(SseException failure, HttpRequestMessage request)
    {
        Uri? uri = SecretRedaction.Redacted(request.RequestUri);
        return new SseException(failure.Error, $"{uri}: {failure.Message}")
        {
            Uri = uri,
            StatusCode = HttpStatusCode.OK,
            Limit = failure.Limit,
            Offset = failure.Offset,
        };
    }
}
