using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Page;

public sealed class PageFilesTests
{
    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/page.css", "text/css; charset=utf-8")]
    [InlineData("/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task File_says_what_it_is_and_lets_nothing_else_in(string path, string contentType)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        using HttpResponseMessage response = await session.SendAsync(HttpMethod.Get, path, null, null);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        using HttpResponseMessage head = await session.SendAsync(HttpMethod.Head, path, null, null);
        Assert.Equal(200, (int)head.StatusCode);
        Assert.Equal(response.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(contentType, head.Content.Headers.ContentType!.ToString());

        Assert.Equal(304, await session.StatusAsync(HttpMethod.Get, path, null, ("If-None-Match", response.Headers.ETag!.ToString())));
    }
}
