using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Unarr.CommandLine;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-tls-");
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private string CertificateFile => Path.Combine(_folder.FullName, "fullchain.pem");

    private string KeyFile => Path.Combine(_folder.FullName, "privkey.pem");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Renewed_certificate_is_served_without_a_restart_and_a_broken_one_never()
    {
        Write("first");
        using ServerCertificate certificate = ServerCertificate.Open(CertificateFile, KeyFile, _time);
        using LineLog log = new(_lines.Enqueue);
        certificate.Watch(log);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            Urls = ["https://127.0.0.1:0"],
            Certificate = () => certificate.Current,
        });
        Assert.Equal("CN=first", await SubjectAsync(plane));

        Write("second");
        Look();
        Assert.Equal("CN=second", await SubjectAsync(plane));
        Assert.Single(_lines, line => line.Contains("was read again", StringComparison.Ordinal));

        await File.WriteAllTextAsync(CertificateFile, "-----BEGIN CERTIFICATE-----\nbroken");
        Look();
        Look();
        Assert.Equal("CN=second", await SubjectAsync(plane));
        Assert.Single(_lines, line => line.Contains("the one in use stays", StringComparison.Ordinal));

        Write("third");
        Look();
        Assert.Equal("CN=third", await SubjectAsync(plane));
    }

    [Fact]
    public void Key_of_another_certificate_a_missing_file_and_an_expired_renewal_keep_the_one_in_use()
    {
        Write("first");
        using ServerCertificate certificate = ServerCertificate.Open(CertificateFile, KeyFile, _time);
        using LineLog log = new(_lines.Enqueue);
        certificate.Watch(log);
        string key = File.ReadAllText(KeyFile);

        Write("second");
        File.WriteAllText(KeyFile, key);
        certificate.ReadAgain();
        File.Delete(KeyFile);
        certificate.ReadAgain();
        Write("third", days: -1);
        certificate.ReadAgain();

        Assert.Equal("CN=first", certificate.Current.TargetCertificate.Subject);
        Assert.Equal(3, _lines.Count(line => line.Contains("the one in use stays", StringComparison.Ordinal)));
        Assert.DoesNotContain(_lines, line => line.Contains("PRIVATE", StringComparison.Ordinal));
    }

    [Fact]
    public void File_that_cannot_be_used_at_the_start_is_one_line()
    {
        UsageException missing = Assert.Throws<UsageException>(() => ServerCertificate.Open(CertificateFile, KeyFile, _time));
        Assert.StartsWith($"--certificate: '{CertificateFile}' cannot be used: ", missing.Message, StringComparison.Ordinal);
        File.WriteAllText(CertificateFile, "nothing");
        UsageException empty = Assert.Throws<UsageException>(() => ServerCertificate.Open(CertificateFile, CertificateFile, _time));
        Assert.EndsWith("it holds no certificate in PEM.", empty.Message, StringComparison.Ordinal);
    }

    private void Look()
    {
        _time.Advance(ServerCertificate.Interval);
        _time.Advance(ServerCertificate.Interval);
    }

    private void Write(string name, int days = 30)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(days));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<string> SubjectAsync(RunningControlPlane plane)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", plane.Host.BaseAddress.Port, plane.Deadline);
        string? subject = null;
        await using SslStream ssl = new(client.GetStream());
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (subject = certificate!.Subject) is not null,
            },
            plane.Deadline);
        return subject!;
    }
}
