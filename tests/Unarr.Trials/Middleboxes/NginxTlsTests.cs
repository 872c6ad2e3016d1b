using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Unarr.EndToEnd.Tests.Agent;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>An nginx that speaks TLS 1.3 and HTTP/2, with the certificate of an authority that nobody else knows.</summary>
public sealed class NginxTlsTests : IDisposable
{
    private readonly PrivateAuthority _authority = new();
    private readonly TemporaryFile _authorities;

    public NginxTlsTests() => _authorities = new TemporaryFile(_authority.Pem);

    public void Dispose()
    {
        _authorities.Dispose();
        _authority.Dispose();
    }

    [SkippableFact]
    public async Task Stream_stays_over_tls_1_3_and_http_2()
    {
        Needs.Program(Nginx.Program);
        await using ServedControlPlane controlPlane = await ServedControlPlane.StartAsync();
        (Nginx nginx, Uri[] addresses) = await Nginx.StartAsync(controlPlane.Address, Certificate(_authority));
        await using Nginx _ = nginx;
        await using AgentProcess agent = ServedControlPlane.StartAgent(
            addresses, "--exit-after", StreamWatch.Duration, "--ca-file", _authorities.Path, "--http-version", "2");

        await StreamWatch.AssertStaysAsync(controlPlane, agent);
        IReadOnlyList<NginxRequest> requests = await nginx.EndAndReadLogAsync();

        Assert.Single(requests, request => request.Path.EndsWith("/events", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, request => request.Path.EndsWith("/wake", StringComparison.Ordinal));
        Assert.All(requests, request => Assert.Equal(("HTTP/2.0", "TLSv1.3"), (request.Http, request.Tls)));

        // A connection that dies must not blind both.
        Assert.Empty(
            requests.Where(request => request.Path.EndsWith("/events", StringComparison.Ordinal)).Select(request => request.Connection)
                .Intersect(requests.Where(request => request.Path.EndsWith("/sync", StringComparison.Ordinal)).Select(
                    request => request.Connection)));
    }

    [SkippableFact]
    public async Task Wrong_certificate_moves_the_agent_to_the_next_mirror_and_is_told_of()
    {
        Needs.Program(Nginx.Program);
        using PrivateAuthority unknown = new();
        await using ServedControlPlane controlPlane = await ServedControlPlane.StartAsync();
        (Nginx nginx, Uri[] addresses) = await Nginx.StartAsync(controlPlane.Address, Certificate(unknown), Certificate(_authority));
        await using Nginx _ = nginx;
        await using AgentProcess agent = ServedControlPlane.StartAgent(addresses, "--ca-file", _authorities.Path, "--http-version", "2");

        JsonElement route = await agent.UntilRouteAsync("sse", "live");
        string[] pushed = await controlPlane.PushAsync(1);
        await agent.UntilAsync(() => agent.Tasks.Count > 0);
        await agent.EndAsync();

        Assert.Equal(pushed, agent.Tasks);
        Assert.Equal(addresses[1], new Uri(route.GetProperty("mirror").GetString()!));
        Assert.Contains(agent.Of("route"), line => line.GetProperty("reason").GetString()!.Contains(
            $"{addresses[0]}api/internal/agent/events: no secure connection: the certificate is not trusted", StringComparison.Ordinal));
        Assert.All(await nginx.EndAndReadLogAsync(), request => Assert.Equal(200, request.Status));
    }

    private static PrivateCertificate Certificate(PrivateAuthority authority)
    {
        using X509Certificate2 certificate = authority.Certify();
        return PrivateCertificate.Of(certificate);
    }
}
