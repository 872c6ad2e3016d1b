using System.Text.Json;
using Unarr.Agents.Downlink.ControlPlane;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>Which chains of certificates lead to trust, and what is asked of whom before.</summary>
public class CertificateTrustTests
{
    [Fact]
    public async Task Certificate_that_nobody_trusts_causes_no_request_of_the_agent()
    {
        await using AiaListener aia = new();
        using CertificateChain chain = new(aia: aia.Url);
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(chain.Server);
        using CertificateChain other = new();
        using var file = new TemporaryFile(other.RootPem);

        Assert.Contains("not trusted", await RefusalAsync(controlPlane, file.Path), StringComparison.Ordinal);
        await RefusalAsync(controlPlane, null);
        foreach (string[] option in new string[][] { ["--ca-file", file.Path], [] })
        {
            (int exitCode, _, _) = await AgentCommand.RunAsync(["probe", "--json", controlPlane.Url, .. option]);
            Assert.Equal(14, exitCode);
        }

        Assert.Equal(0, aia.Requests);
    }

    [Fact]
    public async Task Certificate_that_nobody_trusts_causes_no_request_of_the_library_s_handler()
    {
        await using AiaListener aia = new();
        using CertificateChain chain = new(aia: aia.Url);
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(chain.Server);
        using var http = new HttpClient(ControlPlaneClient.CreateHandler());

        for (int time = 0; time < 2; time++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(controlPlane.Url)));
        }

        Assert.Equal(0, aia.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Authority_under_a_root_is_one_without_the_root(bool isSent)
    {
        using CertificateChain chain = new();

        Assert.Null(await RefusalAsync(chain, chain.IntermediatePem, isSent));
    }

    [Fact]
    public async Task Root_alone_is_an_authority_for_what_comes_with_the_certificates_between()
    {
        using CertificateChain chain = new();

        Assert.Null(await RefusalAsync(chain, chain.RootPem, isSent: true));
        Assert.EndsWith("PartialChain", await RefusalAsync(chain, chain.RootPem, isSent: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_s_own_certificate_in_the_file_is_trusted_for_itself()
    {
        using CertificateChain chain = new();

        Assert.Null(await RefusalAsync(chain, chain.ServerPem, isSent: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Certificate_of_a_namesake_of_the_authority_is_refused(bool isSent)
    {
        using CertificateChain trusted = new();
        using CertificateChain namesake = new();

        Assert.Contains("not trusted", await RefusalAsync(namesake, trusted.IntermediatePem, isSent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_for_another_use_is_refused()
    {
        using CertificateChain chain = new(usage: "1.3.6.1.5.5.7.3.2");

        Assert.Contains("NotValidForUsage", await RefusalAsync(chain, chain.IntermediatePem, isSent: true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authority_that_is_out_of_date_is_refused()
    {
        using CertificateChain chain = new(intermediateUntil: TimeSpan.FromMinutes(-1));

        Assert.Contains("NotTimeValid", await RefusalAsync(chain, chain.IntermediatePem, isSent: true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_in_the_file_that_is_no_authority_vouches_for_nobody_else()
    {
        using CertificateChain chain = new(isAuthority: false);

        Assert.Contains("not trusted", await RefusalAsync(chain, chain.IntermediatePem, isSent: true), StringComparison.Ordinal);
    }

    private static async Task<string?> RefusalAsync(CertificateChain chain, string authorities, bool isSent)
    {
        using var file = new TemporaryFile(authorities);
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(chain.Server, isSent ? chain.Intermediate : null);
        return await RefusalAsync(controlPlane, file.Path);
    }

    /// <summary>Why the agent refuses the server; <see langword="null"/> when it does not.</summary>
    private static async Task<string?> RefusalAsync(FakeControlPlane controlPlane, string? authorities)
    {
        string[] trust = authorities is null ? [] : ["--ca-file", authorities];
        await using AgentCommand agent = AgentCommand.Start(
            ["run", "--server", controlPlane.Url, .. trust], environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = "key" });
        if ((await agent.ReadAsync("sync")).GetProperty("ok").GetBoolean())
        {
            return null;
        }

        Assert.Empty(controlPlane.Keys);
        JsonElement route = await agent.ReadAsync("route", line => line.GetProperty("state").GetString() == "waiting");
        return route.GetProperty("reason").GetString();
    }
}
