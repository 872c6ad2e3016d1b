using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>What the library's handler makes of proxies, over real sockets.</summary>
public sealed class ProxyTests
{
    private const string Password = "pass-word-0123";

    private static readonly byte[] Established = ScriptedProxy.Http("HTTP/1.1 200 Connection established");
    private static readonly byte[] Wants = ScriptedProxy.Http(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0");

    [Fact]
    public async Task Exchange_goes_through_the_tunnel_with_user_name_and_password()
    {
        await using TlsServer server = await TlsServer.StartAsync(context => context.Response.WriteAsync("""{"wake":true}"""));
        string basic = $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"user:{Password}"))}\r\n";
        await using var proxy = new ScriptedProxy(
            head => head.Contains(basic, StringComparison.Ordinal) ? Established : Wants, server.Port);
        using SocketsHttpHandler handler = server.Trusted(Handler($"http://user:{Password}@127.0.0.1:{proxy.Port}"));

        Assert.True((await Client(handler, "https://a.example").WaitForWakeAsync()).Wake);

        Assert.All(proxy.Heads, head => Assert.StartsWith("CONNECT a.example:443 HTTP/1.1\r\n", head, StringComparison.Ordinal));
        Assert.DoesNotContain(proxy.Heads, head => head.Contains(ClientHarness.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Http2_goes_through_the_tunnel_too()
    {
        var versions = new List<string>();
        await using TlsServer server = await TlsServer.StartAsync(context =>
        {
            versions.Add(context.Request.Protocol);
            return context.Response.WriteAsync("""{"wake":true}""");
        });
        await using var proxy = new ScriptedProxy(_ => Established, server.Port);
        using SocketsHttpHandler handler = server.Trusted(Handler($"127.0.0.1:{proxy.Port}"));

        Assert.True((await Client(handler, "https://a.example", HttpVersion.Version20).WaitForWakeAsync()).Wake);

        Assert.Equal(["HTTP/2"], versions);
    }

    [Fact]
    public async Task Loopback_is_reached_without_the_proxy_and_the_proxy_sees_no_key()
    {
        await using LoopbackServer server = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("""{"wake":true}"""));
        await using var proxy = new ScriptedProxy(_ => Wants);
        using SocketsHttpHandler handler = Handler($"http://127.0.0.1:{proxy.Port}");
        foreach (string host in new[] { "127.0.0.1", "localhost" })
        {
            Assert.True((await Client(handler, $"http://{host}:{new Uri(server.Url).Port}").WaitForWakeAsync()).Wake);
        }

        Assert.Empty(proxy.Heads);
    }

    [Theory]
    [InlineData("https", 407, "the proxy http://127.0.0.1:PORT wants authentication (HTTP 407)")]
    [InlineData("http", 407, "the proxy http://127.0.0.1:PORT wants authentication (HTTP 407)")]
    [InlineData("https", 403, "the proxy http://127.0.0.1:PORT refused the connection (HTTP 403)")]
    [InlineData("https", 502, "the proxy http://127.0.0.1:PORT refused the connection (HTTP 502)")]
    public async Task Proxy_that_refuses_is_named(string scheme, int status, string expected)
    {
        await using var proxy = new ScriptedProxy(_ => ScriptedProxy.Http($"HTTP/1.1 {status} No\r\nContent-Length: 0"));

        ControlPlaneException failure = await FailureAsync($"http://user:{Password}@127.0.0.1:{proxy.Port}", $"{scheme}://a.example");

        Assert.Equal(ControlPlaneError.Proxy, failure.Error);
        Assert.EndsWith(expected.Replace("PORT", $"{proxy.Port}", StringComparison.Ordinal), failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https", false, ControlPlaneError.UnexpectedEnd)]
    [InlineData("http", false, ControlPlaneError.UnexpectedEnd)]
    [InlineData("https", true, ControlPlaneError.Timeout)]
    [InlineData("http", true, ControlPlaneError.Timeout)]
    public async Task Proxy_that_closes_or_says_nothing_is_named(string scheme, bool isSilent, object error)
    {
        await using var proxy = new ScriptedProxy(_ => isSilent ? null : []);

        ControlPlaneException failure = await FailureAsync(
            $"http://user:{Password}@127.0.0.1:{proxy.Port}", $"{scheme}://a.example", isSilent);

        Assert.Equal(error, failure.Error);
        Assert.EndsWith($" (through the proxy http://127.0.0.1:{proxy.Port})", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http", "https")]
    [InlineData("http", "http")]
    [InlineData("socks5", "https")]
    public async Task Proxy_that_is_not_there_is_named(string proxyScheme, string scheme)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        ControlPlaneException failure = await FailureAsync($"{proxyScheme}://user:{Password}@127.0.0.1:{port}", $"{scheme}://a.example");

        Assert.Equal(ControlPlaneError.Proxy, failure.Error);
        Assert.EndsWith(
            $"the proxy {proxyScheme}://127.0.0.1:{port} cannot be reached: connection refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_whose_name_does_not_resolve_is_named()
    {
        var connect = new HostConnect(
            _ => throw new SocketException((int)SocketError.HostNotFound),
            (_, _) => throw new NotSupportedException(),
            TimeProvider.System);
        using SocketsHttpHandler handler = Handler($"http://user:{Password}@proxy.example:3128", connect);

        ControlPlaneException failure = await FailureAsync(handler, "https://a.example");

        Assert.Equal(ControlPlaneError.Proxy, failure.Error);
        Assert.EndsWith("the name of the proxy http://proxy.example:3128 could not be resolved", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socks_proxy_that_refuses_is_named()
    {
        await using var proxy = new ScriptedProxy(_ => [5, 0xFF]);

        ControlPlaneException failure = await FailureAsync($"socks5://user:{Password}@127.0.0.1:{proxy.Port}", "https://a.example");

        Assert.Equal(ControlPlaneError.Proxy, failure.Error);
        Assert.EndsWith($"the proxy socks5://127.0.0.1:{proxy.Port} refused the connection", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_that_the_application_has_set_gives_no_password_away()
    {
        await using var proxy = new ScriptedProxy(_ => Wants);
        using SocketsHttpHandler handler = ControlPlaneClient.CreateHandler();
        handler.Proxy = new WebProxy($"http://user:{Password}@127.0.0.1:{proxy.Port}");

        ControlPlaneException failure = await FailureAsync(handler, "https://a.example");

        Assert.EndsWith("the proxy wants authentication (HTTP 407)", failure.Message, StringComparison.Ordinal);
    }

    private static SocketsHttpHandler Handler(string proxy, HostConnect? connect = null) => new ControlPlaneHandler
    {
        Environment = name => name == "all_proxy" ? proxy : null,
        Connect = connect ?? HostConnect.System,
    }.Create();

    private static ControlPlaneClient Client(
        SocketsHttpHandler handler, string mirror, Version? version = null, TimeSpan? timeout = null) => new(
        new HttpClient(handler, disposeHandler: false) { DefaultRequestVersion = version ?? HttpVersion.Version11 },
        new MirrorPool([mirror], allowInsecureHttp: true),
        new ControlPlaneClientOptions
        {
            ApiKey = _ => ValueTask.FromResult(ClientHarness.Key),
            ConnectTimeout = timeout ?? TimeSpan.FromSeconds(10),
        });

    private static async Task<ControlPlaneException> FailureAsync(string proxy, string mirror, bool isSilent = false)
    {
        using SocketsHttpHandler handler = Handler(proxy);
        return await FailureAsync(handler, mirror, isSilent);
    }

    private static async Task<ControlPlaneException> FailureAsync(SocketsHttpHandler handler, string mirror, bool isSilent = false)
    {
        ControlPlaneClient client = Client(handler, mirror, timeout: isSilent ? TimeSpan.FromMilliseconds(200) : null);
        ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(() => client.OpenEventStreamAsync());
        Assert.True(failure.IsTransient);
        Assert.DoesNotContain(Password, failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, $"{failure.InnerException}", StringComparison.Ordinal);
        return failure;
    }
}
