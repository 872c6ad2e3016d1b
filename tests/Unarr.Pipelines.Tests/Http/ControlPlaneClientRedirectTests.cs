using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>Where a redirect may lead: the same origin, however it is spelt, and nowhere else.</summary>
public sealed class ControlPlaneClientRedirectTests
{
    private const string Path = "/moved/api/internal/agent/sync";

    [Theory]
    [InlineData("https://a.example", "https://A.EXAMPLE")]
    [InlineData("https://a.example", "HTTPS://a.example:443")]
    [InlineData("https://A.example:443", "https://a.Example")]
    [InlineData("https://a.example:8443", "https://A.example:8443")]
    [InlineData("http://127.0.0.1:80", "http://127.0.0.1")]
    [InlineData("http://LOCALHOST:80", "http://localhost")]
    [InlineData("http://localhost", "HTTP://LocalHost:80")]
    [InlineData("http://[::1]", "http://[0:0:0:0:0:0:0:1]:80")]
    [InlineData("https://a.example", "//a.example:443")]
    [InlineData("https://a.example", "")]
    public async Task Redirect_within_the_origin_however_it_is_spelt_is_followed(string mirror, string origin)
    {
        using var harness = new ClientHarness(mirror);
        Task exchange = await RedirectAsync(harness, origin);
        ScriptedRequest moved = await harness.Server.SyncAsync();

        Assert.Equal(Path, moved.Message.RequestUri!.AbsolutePath);
        Assert.Equal($"Bearer {ClientHarness.Key}", moved.Message.Headers.Authorization!.ToString());
        moved.Json("{}");
        await Signal.Of(exchange, "the sync");
    }

    [Theory]
    [InlineData("https://a.example", "http://a.example")]
    [InlineData("https://a.example", "http://a.example:443")]
    [InlineData("https://a.example", "https://a.example:80")]
    [InlineData("https://a.example", "https://a.example.")]
    [InlineData("https://a.example", "https://b.a.example")]
    [InlineData("https://a.example", "https://a.example@b.example")]
    [InlineData("https://a.example", "https://user@a.example")]
    [InlineData("https://a.example", "//b.example")]
    [InlineData("https://a.example", "\\\\b.example")]
    [InlineData("http://localhost", "http://127.0.0.1")]
    [InlineData("http://localhost", "https://localhost:80")]
    [InlineData("https://a.example", "file://a.example")]
    public async Task Redirect_to_another_origin_is_an_error(string mirror, string origin)
    {
        using var harness = new ClientHarness(mirror);
        ControlPlaneException failure = await harness.FailureOf(await RedirectAsync(harness, origin));

        Assert.Equal((ControlPlaneError.HttpStatus, HttpStatusCode.TemporaryRedirect), (failure.Error, failure.StatusCode));
        Assert.Single(harness.Server.Requests);
    }

    private static async Task<Task> RedirectAsync(ClientHarness harness, string origin)
    {
        Task exchange = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Answer(HttpStatusCode.TemporaryRedirect, "", "text/plain", ("Location", origin + Path));
        return exchange;
    }
}
