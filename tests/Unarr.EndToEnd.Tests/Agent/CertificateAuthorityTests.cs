using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

public class CertificateAuthorityTests
{
    [Theory]
    [InlineData(true, "127.0.0.1", 30, null)]
    [InlineData(true, "10.1.2.3", 30, "the certificate is for another host")]
    [InlineData(false, "127.0.0.1", 30, "the certificate is not trusted: PartialChain")]
    [InlineData(true, "127.0.0.1", -1, "the certificate is not trusted: NotTimeValid")]
    public async Task Server_is_trusted_by_its_authority_and_for_its_name_only(
        bool isItsAuthority, string address, int minutes, string? refusal)
    {
        using PrivateAuthority authority = new();
        using PrivateAuthority other = new();
        using X509Certificate2 server = authority.Certify(address, TimeSpan.FromMinutes(minutes));
        using var file = new TemporaryFile((isItsAuthority ? authority : other).Pem);
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(server);
        await using AgentCommand agent = AgentCommand.Start(
            ["run", "--server", controlPlane.Url, "--ca-file", file.Path],
            environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = "key" });

        JsonElement sync = await agent.ReadAsync("sync");

        bool trusted = refusal is null;
        Assert.Equal(trusted, sync.GetProperty("ok").GetBoolean());
        Assert.Equal(trusted, !controlPlane.Keys.IsEmpty);
        if (!trusted)
        {
            JsonElement route = await agent.ReadAsync(
                "route", line => line.GetProperty("route").GetString() == "none" && line.GetProperty("state").GetString() == "waiting");
            Assert.EndsWith(refusal!, route.GetProperty("reason").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true, 11)]
    [InlineData(false, 14)]
    public async Task Probe_trusts_what_is_signed_by_the_authority_it_is_given(bool isItsAuthority, int exitCode)
    {
        using PrivateAuthority authority = new();
        using PrivateAuthority other = new();
        using X509Certificate2 server = authority.Certify();
        using var file = new TemporaryFile((isItsAuthority ? authority : other).Pem);
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(server);
        controlPlane.Stream = ": connected hb=100\n\n";

        (int actual, string output, string error) = await AgentCommand.RunAsync(
            ["probe", "--json", controlPlane.Url, "--ca-file", file.Path]);

        Assert.True(actual == exitCode, $"Exit code {actual}: {output} {error}");
    }

    [Fact]
    public async Task Probe_says_that_a_file_holds_no_certificate()
    {
        using var file = new TemporaryFile("hello");

        (int exitCode, _, string error) = await AgentCommand.RunAsync(["probe", "https://127.0.0.1:1/", "--ca-file", file.Path]);

        Assert.Equal(2, exitCode);
        Assert.Contains("holds no certificate", error, StringComparison.Ordinal);
    }
}
