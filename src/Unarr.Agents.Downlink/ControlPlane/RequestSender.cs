using System.Net;
using System.Net.Http.Headers;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Sends one request with the API key: follows redirects within the origin, and reads a refused key again.</summary>
internal sealed class RequestSender(HttpMessageInvoker http, ControlPlaneClientOptions options, KeyRotation rotation)
{
    private const int MaxRedirects = 5;

    /// <param name="uri">What to ask for.</param>
    /// <param name="makeRequest">Makes the request, anew for each try.</param>
    /// <param name="exchange">The time there is.</param>
    /// <param name="resend">Whether a connection that ends without an answer is tried once more; spent when it was.</param>
    public async Task<Answer> SendAsync(Uri uri, Func<Uri, HttpRequestMessage> makeRequest, Deadline exchange, Resend resend)
    {
        Uri target = uri;
        for (int redirects = 0; ; redirects++)
        {
            Answer answer = await SendWithKeyAsync(target, makeRequest, exchange, resend).ConfigureAwait(false);
            if (!TransientFailure.IsRedirect(answer.Response.StatusCode))
            {
                return answer;
            }

            using (answer)
            {
                target = Target(uri, target, answer, redirects);
            }
        }
    }

    /// <summary>"At most 5, same origin only, method and key kept; any other is an error, and the key goes nowhere else."</summary>
    private static Uri Target(Uri uri, Uri from, Answer answer, int redirects)
    {
        HttpResponseMessage response = answer.Response;
        string? refusal = null;
        Uri? target = response.Headers.Location is { } location && Uri.TryCreate(from, location, out Uri? absolute) ? absolute : null;
        if (target is null)
        {
            refusal = "a redirect without a location";
        }
        else if (Uri.Compare(from, target, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) != 0
            || target.UserInfo.Length > 0)
        {
            string origin = target.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
            refusal = $"a redirect to another origin ('{answer.Redacted(origin)}') is not followed";
        }
        else if (redirects == MaxRedirects)
        {
            refusal = $"more than {MaxRedirects} redirects";
        }

        return refusal is null
            ? target!
            : throw new ControlPlaneException(ControlPlaneError.HttpStatus, uri, $"HTTP {(int)response.StatusCode}: {refusal}")
            {
                StatusCode = response.StatusCode,
            };
    }

    /// <summary>"The agent reads its key again (a rotated key file needs no restart) and tries once."</summary>
    private async Task<Answer> SendWithKeyAsync(Uri uri, Func<Uri, HttpRequestMessage> makeRequest, Deadline exchange, Resend resend)
    {
        string key = await ApiKeyAsync(uri, exchange).ConfigureAwait(false);
        Answer? answer = await SendAsync(uri, makeRequest, key, exchange, resend).ConfigureAwait(false);
        try
        {
            if (answer.Response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                string reread = await ApiKeyAsync(uri, exchange).ConfigureAwait(false);
                if (reread != key)
                {
                    return await SendAsync(uri, makeRequest, reread, exchange, resend).ConfigureAwait(false);
                }
            }

            (Answer first, answer) = (answer, null);
            return first;
        }
        finally
        {
            answer?.Dispose();
        }
    }

    /// <summary>"A sync or poll that ends without a byte of answer (the server's keep-alive was over) is sent once more at once."</summary>
    private async Task<Answer> SendAsync(Uri uri, Func<Uri, HttpRequestMessage> makeRequest, string key, Deadline exchange, Resend resend)
    {
        while (true)
        {
            long sent = options.TimeProvider.GetTimestamp();
            try
            {
                return await SendOnceAsync(makeRequest(uri), key, exchange).ConfigureAwait(false);
            }
            catch (ControlPlaneException failure) when (TransientFailure.EndedWithoutAnswer(failure.InnerException)
                && !exchange.Token.IsCancellationRequested
                && resend.Take(options.TimeProvider.GetElapsedTime(sent)))
            {
                // Nothing was answered, so nothing is lost: the loop sends it again.
            }
        }
    }

    private async Task<Answer> SendOnceAsync(HttpRequestMessage request, string key, Deadline exchange)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        KeyStamp stamp = rotation.Stamp(key);
        var trace = ProxyTrace.Begin();
        try
        {
            HttpResponseMessage response = await AnswerAsync(request, exchange.Token).ConfigureAwait(false);
            ThrowIfOfTheProxy(request.RequestUri!, response, trace);
            if (response.IsSuccessStatusCode)
            {
                rotation.Accepted(stamp);
            }

            return new Answer(response, key, stamp);
        }
        catch (Exception exception) when (exception is not ControlPlaneException && exchange.IsFailure(exception))
        {
            throw TransientFailure.Describe(request.RequestUri!, exception, key, trace.Proxy);
        }
        catch (Exception exception) when (exception is not (ControlPlaneException or OperationCanceledException)
            && exception.ToString().Contains(key, StringComparison.Ordinal))
        {
            // A handler of the application's own may quote the request.
            throw new InvalidOperationException(
                $"{exception.GetType()} was thrown while a request was sent; its text holds the API key and is left out.");
        }
    }

    /// <summary>A client that is called as an invoker reads the whole answer first: a stream has no end.</summary>
    private Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (http is not HttpClient client)
        {
            return http.SendAsync(request, cancellationToken);
        }

        request.Version = client.DefaultRequestVersion;
        request.VersionPolicy = client.DefaultVersionPolicy;
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Only a proxy answers 407, and its page says nothing of the control plane.</summary>
    private static void ThrowIfOfTheProxy(Uri uri, HttpResponseMessage response, ProxyTrace trace)
    {
        if (response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired && trace.Proxy is { } proxy)
        {
            response.Dispose();
            throw new ControlPlaneException(ControlPlaneError.Proxy, uri, ProxyFailure.WantsAuthentication(proxy))
            {
                StatusCode = HttpStatusCode.ProxyAuthenticationRequired,
            };
        }
    }

    private async ValueTask<string> ApiKeyAsync(Uri uri, Deadline exchange)
    {
        string? given;
        try
        {
            given = await options.ApiKey(exchange.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (exchange.Token.IsCancellationRequested)
        {
            throw exchange.IsFailure(exception)
                ? new ControlPlaneException(ControlPlaneError.Timeout, uri, "the API key did not come in time", exception)
                : exception;
        }
        catch (Exception exception)
        {
            throw new ControlPlaneException(
                ControlPlaneError.ApiKey, uri, $"the API key cannot be read: {FailureText.OfKey(exception)}", exception);
        }

        return ApiKey.TryParse(given, out string key)
            ? key
            : throw new ControlPlaneException(ControlPlaneError.ApiKey, uri, "the API key must be one or more visible ASCII characters");
    }
}
