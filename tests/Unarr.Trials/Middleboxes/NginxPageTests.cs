using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Unarr.EndToEnd.Tests.Agent;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>The nginx block of docs/controlplane.md, in a real nginx, before a real control plane.</summary>
public sealed class NginxPageTests : IDisposable
{
    private const string Client = "127.0.0.2";

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));

    public void Dispose() => _deadline.Dispose();

    [SkippableTheory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8", false)]
    public async Task Block_serves_page_and_agents_and_says_who_the_client_is_to_whoever_trusts_it(string trusted, bool isTrusted)
    {
        Needs.Program(Nginx.Program);
        await using ServedProcess serve = await ServedProcess.StartAsync(_deadline.Token, null, "--trusted-proxy", trusted);
        serve.ReadLog();
        using PrivateAuthority authority = new();
        using X509Certificate2 certificate = authority.Certify();
        (Nginx nginx, Uri address) = await Nginx.StartAsync(await BlockAsync(), serve.Address, PrivateCertificate.Of(certificate));
        await using Nginx _ = nginx;
        using HttpClient client = ClientAt(Client, certificate.GetCertHashString());
        client.BaseAddress = address;

        Assert.Contains("<html", await client.GetStringAsync("/", _deadline.Token), StringComparison.OrdinalIgnoreCase);
        string cookie = await SignInAsync(client, address);
        string line = await serve.WaitForLineAsync("signed in from", _deadline.Token);
        Assert.Equal(isTrusted, cookie.StartsWith("__Host-unarr-operator=", StringComparison.Ordinal));
        Assert.Equal(isTrusted, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        Assert.EndsWith($"signed in from {(isTrusted ? Client : "127.0.0.1")}", line, StringComparison.Ordinal);

        using HttpRequestMessage listing = new(HttpMethod.Get, "/api/operator/agents");
        listing.Headers.Add("Cookie", cookie.Split(';')[0]);
        using HttpResponseMessage listed = await client.SendAsync(listing, _deadline.Token);
        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);

        using HttpRequestMessage opening = new(HttpMethod.Get, "/api/internal/agent/events");
        opening.Headers.Authorization = new("Bearer", "key-1");
        using HttpResponseMessage stream = await client.SendAsync(opening, HttpCompletionOption.ResponseHeadersRead, _deadline.Token);
        using StreamReader reader = new(await stream.Content.ReadAsStreamAsync(_deadline.Token));
        Assert.StartsWith(": connected", await reader.ReadLineAsync(_deadline.Token), StringComparison.Ordinal);
    }

    private static async Task<string> BlockAsync()
    {
        string guide = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs", "controlplane.md"));
        return guide.Split("```nginx\n")[1].Split("```")[0];
    }

    private async Task<string> SignInAsync(HttpClient client, Uri address)
    {
        using HttpRequestMessage signIn = new(HttpMethod.Post, "/api/operator/session")
        {
            Content = new StringContent("""{"key":"operator-key"}""", Encoding.UTF8, "application/json"),
        };
        signIn.Headers.Add("Origin", address.GetLeftPart(UriPartial.Authority));

        // A client's own word of where it comes from counts nowhere.
        signIn.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using HttpResponseMessage signedIn = await client.SendAsync(signIn, _deadline.Token);
        Assert.Equal(HttpStatusCode.NoContent, signedIn.StatusCode);
        return Assert.Single(signedIn.Headers.GetValues("Set-Cookie"));
    }

    private static HttpClient ClientAt(string address, string certificate) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate },
        ConnectCallback = async (context, cancellationToken) =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
