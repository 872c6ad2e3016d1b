using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>What real sockets on loopback, and the runtime's exceptions, are to the mirrors.</summary>
public sealed class TransientFailureTests
{
    [Fact]
    public async Task A_refused_port_is_a_connection_that_failed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await FailsAsync($"http://127.0.0.1:{port}", ControlPlaneError.Connection);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Ty")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nAuthorization Bearer KEY\r\n\r\n")]
    [InlineData("KEY\r\n\r\n")]
    public async Task What_ends_before_the_headers_or_is_no_http_is_an_unexpected_end(string answer) =>
        await AnsweredAsync(answer, "events", "http", ControlPlaneError.UnexpectedEnd);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"wake\":")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nKEY is no chunk\r\n")]
    public async Task A_body_that_breaks_off_is_an_unexpected_end(string answer) =>
        await AnsweredAsync(answer, "wake", "http", ControlPlaneError.UnexpectedEnd);

    [Fact]
    public async Task Tls_to_a_plain_port_is_a_tls_failure() =>
        await AnsweredAsync("HTTP/1.1 400 Bad Request\r\n\r\n", "events", "https", ControlPlaneError.Tls);

    [Theory]
    [InlineData(SocketError.HostNotFound, ControlPlaneError.NameResolution)]
    [InlineData(SocketError.TryAgain, ControlPlaneError.NameResolution)]
    [InlineData(SocketError.ConnectionRefused, ControlPlaneError.Connection)]
    [InlineData(SocketError.HostUnreachable, ControlPlaneError.Connection)]
    [InlineData(SocketError.NetworkUnreachable, ControlPlaneError.Connection)]
    [InlineData(SocketError.TimedOut, ControlPlaneError.Timeout)]
    public async Task A_connect_that_fails_is_told_by_its_socket_error(SocketError error, object expected)
    {
        using SocketsHttpHandler handler = ControlPlaneClient.CreateHandler();
        handler.ConnectCallback = (_, _) => throw new SocketException((int)error);
        await FailsAsync("http://127.0.0.1:9", (ControlPlaneError)expected, "events", handler);
    }

    [Fact]
    public void Every_kind_of_exception_has_a_class()
    {
        (Exception Exception, ControlPlaneError Expected)[] cases =
        [
            (new HttpRequestException(HttpRequestError.SecureConnectionError), ControlPlaneError.Tls),
            (new HttpRequestException("x", new AuthenticationException()), ControlPlaneError.Tls),
            (new TaskCanceledException("x", new TimeoutException()), ControlPlaneError.Timeout),
            (new HttpIOException(HttpRequestError.ResponseEnded), ControlPlaneError.UnexpectedEnd),
            (new HttpRequestException(HttpRequestError.HttpProtocolError), ControlPlaneError.UnexpectedEnd),
            (new IOException("x", new SocketException((int)SocketError.ConnectionReset)), ControlPlaneError.UnexpectedEnd),
            (new IOException("x"), ControlPlaneError.Connection),
        ];
        Assert.All(cases, one =>
        {
            ControlPlaneException failure = TransientFailure.Describe(new Uri("https://a.example"), one.Exception, "");
            Assert.Equal(one.Expected, failure.Error);
            Assert.True(failure.IsTransient);
            Assert.Same(one.Exception, failure.InnerException);
        });
    }

    [Fact]
    public void Of_all_statuses_those_of_gateways_and_proxies_are_transient() =>
        Assert.Equal([407, 408, 421, 425, 502, 503, 504, 511, .. Enumerable.Range(520, 11)],
            Enumerable.Range(100, 500).Where(status => TransientFailure.IsTransient((HttpStatusCode)status)));

    private static async Task AnsweredAsync(string answer, string endpoint, string scheme, ControlPlaneError expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        Task serving = ServeAsync();
        await FailsAsync($"{scheme}://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", expected, endpoint);
        await stop.CancelAsync();
        await Signal.Of(serving, "the server's end");

        // The runtime connects again by itself when a connection ends without a byte: each is served alike.
        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using Socket socket = await listener.AcceptSocketAsync(stop.Token);
                    await socket.ReceiveAsync(new byte[16 * 1024], stop.Token);
                    await socket.SendAsync(
                        Encoding.ASCII.GetBytes(answer.Replace("KEY", ClientHarness.Key, StringComparison.Ordinal)), stop.Token);
                    socket.Shutdown(SocketShutdown.Send);
                    await DrainAsync(socket);
                }
            }
            catch (OperationCanceledException)
            {
                // The test has its answer.
            }
        }

        // Closing first might reset what the client has not read yet.
        async Task DrainAsync(Socket socket)
        {
            try
            {
                while (await socket.ReceiveAsync(new byte[1024], stop.Token) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The client was the one to reset.
            }
        }
    }

    private static async Task FailsAsync(
        string mirror, ControlPlaneError expected, string endpoint = "events", SocketsHttpHandler? handler = null)
    {
        using var http = new HttpClient(handler ?? ControlPlaneClient.CreateHandler(), disposeHandler: true);
        var client = new ControlPlaneClient(
            http, new MirrorPool([mirror]), new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });
        ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(
            () => endpoint == "events" ? client.OpenEventStreamAsync() : client.WaitForWakeAsync());
        Assert.Equal(expected, failure.Error);
        Assert.True(failure.IsTransient);
        Assert.DoesNotContain(ClientHarness.Key, failure.ToString(), StringComparison.Ordinal);
    }
}
