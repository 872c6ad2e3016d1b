using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

public class CertificateAuthorityTests
{
    [Theory]
    [InlineData(true, "127.0.0.1", true)]
    [InlineData(true, "10.1.2.3", false)]
    [InlineData(false, "127.0.0.1", false)]
    public async Task Server_is_trusted_by_its_authority_and_for_its_name_only(bool isItsAuthority, string address, bool trusted)
    {
        using X509Certificate2 authority = Authority();
        using X509Certificate2 other = Authority();
        using X509Certificate2 server = Server(authority, IPAddress.Parse(address));
        using var file = new TemporaryFile((isItsAuthority ? authority : other).ExportCertificatePem());
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(server);
        await using AgentCommand agent = AgentCommand.Start(
            ["run", "--server", controlPlane.Url, "--ca-file", file.Path], environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = "key" });

        JsonElement sync = await agent.ReadAsync("sync");

        Assert.Equal(trusted, sync.GetProperty("ok").GetBoolean());
        Assert.Equal(trusted, !controlPlane.Keys.IsEmpty);
    }

    [Theory]
    [InlineData(true, 11)]
    [InlineData(false, 14)]
    public async Task Probe_trusts_what_is_signed_by_the_authority_it_is_given(bool isItsAuthority, int exitCode)
    {
        using X509Certificate2 authority = Authority();
        using X509Certificate2 other = Authority();
        using X509Certificate2 server = Server(authority, IPAddress.Loopback);
        using var file = new TemporaryFile((isItsAuthority ? authority : other).ExportCertificatePem());
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync(server);
        controlPlane.Stream = ": connected hb=100\n\n";

        (int actual, string output, string error) = await AgentCommand.RunAsync(["probe", "--json", controlPlane.Url, "--ca-file", file.Path]);

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

    private static X509Certificate2 Authority()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    private static X509Certificate2 Server(X509Certificate2 authority, IPAddress address)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test server", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(
            authority, DateTimeOffset.UtcNow.AddMinutes(-30), DateTimeOffset.UtcNow.AddMinutes(30), [1, 2, 3]);
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);

        // Some platforms serve no key that was never in a container.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
