using System.Net.Http.Headers;
using System.Text;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Page;

/// <summary>What a browser sends for the operator page, header by header, so that each can be left out or forged.</summary>
internal sealed class OperatorSession(RunningControlPlane plane) : IDisposable
{
    public const string Path = "/api/operator/session";

    private readonly HttpClient _client = new(new HttpClientHandler { UseCookies = false }) { BaseAddress = plane.Host.BaseAddress };

    /// <summary>The cookie to send, as <c>name=value</c>.</summary>
    public string? Cookie { get; set; }

    public string Origin => plane.Host.BaseAddress.GetLeftPart(UriPartial.Authority);

    public Task<HttpResponseMessage> SignInAsync(string key, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, Path, $$"""{"key":"{{key}}"}""", "application/json",
            headers.Length > 0 ? headers : [("Origin", Origin)]);

    /// <summary>Signs in as the page does, and keeps the cookie.</summary>
    /// <returns>The cookie as it was set.</returns>
    public async Task<string> SignInAsync()
    {
        using HttpResponseMessage response = await SignInAsync(RunningControlPlane.OperatorKey);
        Assert.Equal(204, (int)response.StatusCode);
        string set = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Cookie = set.Split(';')[0];
        return set;
    }

    public async Task<int> StatusAsync(HttpMethod method, string path, string? contentType, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = await SendAsync(
            method, path, contentType is null ? null : """{"action":"pause"}""", contentType, headers);
        return (int)response.StatusCode;
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? body, string? contentType, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Cookie is not null)
        {
            request.Headers.Add("Cookie", Cookie);
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, plane.Deadline);
    }

    public void Dispose() => _client.Dispose();
}
