using System.Net;
using System.Net.Http.Headers;

namespace Unarr.Pipelines.Http;

/// <summary>Sends one request with the API key: follows redirects within the origin, and reads a refused key again.</summary>
internal sealed class RequestSender(HttpClient http, ControlPlaneClientOptions options, KeyRotation rotation)
{
    private const int MaxRedirects = 5;

    /// <param name="uri">What to ask for.</param>
    /// <param name="makeRequest">Makes the request, anew for each try.</param>
    /// <param name="exchange">The time there is.</param>
    public async Task<HttpResponseMessage> SendAsync(Uri uri, Func<Uri, HttpRequestMessage> makeRequest, Deadline exchange)
    {
        Uri target = uri;
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await SendWithKeyAsync(target, makeRequest, exchange).ConfigureAwait(false);
            if (!IsRedirect(response.StatusCode))
            {
                return response;
            }

            using (response)
            {
                target = Target(uri, target, response, redirects);
            }
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>"At most 5, same origin only, method and key kept; any other is an error, and the key goes nowhere else."</summary>
    private static Uri Target(Uri uri, Uri from, HttpResponseMessage response, int redirects)
    {
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
            refusal = $"a redirect to another origin ('{KeyRedaction.Redacted(response, origin)}') is not followed";
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
    private async Task<HttpResponseMessage> SendWithKeyAsync(Uri uri, Func<Uri, HttpRequestMessage> makeRequest, Deadline exchange)
    {
        string key = await ApiKeyAsync(uri, exchange).ConfigureAwait(false);
        HttpResponseMessage? response = await SendOnceAsync(makeRequest(uri), key, exchange).ConfigureAwait(false);
        try
        {
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                string reread = await ApiKeyAsync(uri, exchange).ConfigureAwait(false);
                if (reread != key)
                {
                    return await SendOnceAsync(makeRequest(uri), reread, exchange).ConfigureAwait(false);
                }
            }

            (HttpResponseMessage answer, response) = (response, null);
            return answer;
        }
        finally
        {
            response?.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, string key, Deadline exchange)
    {
        request.Version = http.DefaultRequestVersion;
        request.VersionPolicy = http.DefaultVersionPolicy;
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, exchange.Token).ConfigureAwait(false);
            Note(key, response);
            return response;
        }
        catch (Exception exception) when (exchange.IsFailure(exception))
        {
            throw TransientFailure.Describe(request.RequestUri!, exception, key);
        }
    }

    private void Note(string key, HttpResponseMessage response)
    {
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            rotation.Refused(key);
        }
        else if (response.IsSuccessStatusCode)
        {
            rotation.Accepted(key);
        }
    }

    private async ValueTask<string> ApiKeyAsync(Uri uri, Deadline exchange)
    {
        try
        {
            string key = (await options.ApiKey(exchange.Token).ConfigureAwait(false)).Trim();
            return key.Length > 0 && !key.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? key
                : throw new InvalidOperationException("The API key must be one or more visible ASCII characters.");
        }
        catch (OperationCanceledException exception) when (exchange.IsFailure(exception))
        {
            throw new ControlPlaneException(ControlPlaneError.Timeout, uri, "the API key did not come in time", exception);
        }
    }
}
