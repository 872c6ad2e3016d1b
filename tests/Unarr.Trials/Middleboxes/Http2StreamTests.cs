using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Unarr.EndToEnd.Tests.Agent;
using Unarr.EndToEnd.Tests.Strangers;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>The client over HTTP/2 and TLS, with the certificate of an authority that nobody else knows.</summary>
public sealed class Http2StreamTests : IDisposable
{
    private const int Each = 5;

    private readonly PrivateAuthority _authority = new();
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentQueue<string> _protocols = [];

    public Http2StreamTests() => _certificate = _authority.Certify();

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task Server_that_goes_away_and_comes_again_loses_no_event_and_gives_none_twice()
    {
        using LoopbackPort port = new();
        StreamServer server = await StartAsync(port.Number);
        using SocketsHttpHandler handler = Handler(trusts: true);
        using HttpMessageInvoker http = new(handler);
        await using SseClient client = Client(http, port.Number);
        try
        {
            await NumberedStream.AssertAsync(client, 1, Each);
            await server.StopAsync(TimeSpan.FromMilliseconds(200));
            await server.DisposeAsync();
            server = await StartAsync(port.Number);
            await NumberedStream.AssertAsync(client, Each + 1, 2 * Each);
            Assert.All(_protocols, static protocol => Assert.Equal("HTTP/2", protocol));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Connection_that_is_dead_is_found_by_its_pings()
    {
        await using StreamServer server = await StartAsync(port: 0);
        using HoldingRelay relay = new(server.Address.Port);
        using SocketsHttpHandler handler = Handler(trusts: true);
        // The client's own handler waits longer; no timeout of the client's is as short.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
        using HttpMessageInvoker http = new(handler);
        await using SseClient client = Client(http, relay.Port);

        await NumberedStream.AssertAsync(client, 1, Each);
        relay.HoldWhatIsOpen();
        await NumberedStream.AssertAsync(client, Each + 1, 2 * Each);
        Assert.Equal(SseError.Interrupted, client.LastFailure?.Error);
        Assert.Equal(2, server.Requests("/stream"));
    }

    [Fact]
    public async Task Authority_that_is_not_trusted_is_a_failure_after_two_attempts()
    {
        await using StreamServer server = await StartAsync(port: 0);
        using SocketsHttpHandler handler = Handler(trusts: false);
        using HttpMessageInvoker http = new(handler);
        await using SseClient client = Client(http, server.Address.Port);

        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await client.WaitToReadAsync());
        Assert.Contains("certificate", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, server.Requests("/stream"));
    }

    private static SseClient Client(HttpMessageInvoker http, int port) => new(
        http,
        _ => new HttpRequestMessage(HttpMethod.Get, $"https://127.0.0.1:{port}/stream")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
        new SseClientOptions { ReconnectDelay = TimeSpan.FromMilliseconds(50) });

    private SocketsHttpHandler Handler(bool trusts)
    {
        SocketsHttpHandler handler = SseClient.CreateHandler();
        if (trusts)
        {
            X509ChainPolicy policy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPem(_authority.Pem);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    private Task<StreamServer> StartAsync(int port) => StreamServer.StartAsync(
        async (context, _) =>
        {
            _protocols.Enqueue(context.Request.Protocol);
            await NumberedStream.SendAsync(context, NumberedStream.After(context) + 1, Each);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        },
        listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(_certificate);
        },
        port);
}
