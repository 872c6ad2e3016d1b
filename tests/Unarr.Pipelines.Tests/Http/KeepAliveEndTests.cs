using System.Net;
using System.Net.Sockets;
using System.Text;
using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>"A sync or poll that ends without a byte of answer (the server's keep-alive was over) is sent once more at once."</summary>
public sealed class KeepAliveEndTests
{
    [Theory]
    [InlineData("sync", false)]
    [InlineData("sync", true)]
    [InlineData("wake", false)]
    [InlineData("wake", true)]
    public async Task Request_that_meets_the_end_of_a_connection_is_sent_again_on_a_new_one(string endpoint, bool reset)
    {
        await using var server = new ClosingServer(answersEach: 1, reset);
        using HttpClient http = new(ControlPlaneClient.CreateHandler());
        var mirrors = new MirrorPool([server.Url, "https://other.invalid"]);
        var client = new ControlPlaneClient(
            http, mirrors, new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });
        for (int exchange = 0; exchange < 3; exchange++)
        {
            await Signal.Of(endpoint == "sync" ? client.SyncAsync(ClientHarness.Request) : client.WaitForWakeAsync(), "the answer");
        }

        Assert.Equal(server.Url, mirrors.Current.GetLeftPart(UriPartial.Authority));
        Assert.Equal(3, server.Answers);
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("wake")]
    public async Task Server_that_never_answers_is_asked_twice_by_us_and_fails(string endpoint)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync(endpoint);
        for (int sent = 0; sent < 2; sent++)
        {
            (await harness.NextAsync(endpoint)).Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        }

        Assert.Equal(ControlPlaneError.UnexpectedEnd, (await harness.FailureOf(exchange)).Error);
        Assert.Equal(2, harness.Server.Requests.Count);
    }

    [Fact]
    public async Task Each_mirror_is_asked_again_once()
    {
        using var harness = new ClientHarness("https://a.example", "https://b.example");
        Task exchange = harness.BeginAsync("sync");
        foreach (string host in new[] { "a.example", "a.example", "b.example" })
        {
            ScriptedRequest request = await harness.Server.SyncAsync();
            Assert.Equal(host, request.Host);
            request.Fail(new HttpRequestException("x", new IOException("y", new SocketException((int)SocketError.ConnectionReset))));
        }

        ScriptedRequest last = await harness.Server.SyncAsync();
        Assert.Equal("b.example", last.Host);
        last.Json("{}");
        await Signal.Of(exchange, "the sync");
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.InvalidResponse)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    [InlineData(HttpRequestError.NameResolutionError)]
    public async Task Other_failures_are_not_sent_again(HttpRequestError error)
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("sync");
        (await harness.Server.SyncAsync()).Fail(new HttpRequestException(error));
        await harness.FailureOf(exchange);
        Assert.Single(harness.Server.Requests);
    }

    [Fact]
    public async Task Stream_is_not_sent_again()
    {
        using var harness = new ClientHarness();
        Task exchange = harness.BeginAsync("events");
        (await harness.Server.EventsAsync()).Fail(new HttpRequestException(HttpRequestError.ResponseEnded));
        await harness.FailureOf(exchange);
        Assert.Single(harness.Server.Requests);
    }

    /// <summary>Answers a few requests on each connection, reads one more and closes: the race of a keep-alive's end, every time.</summary>
    private sealed class ClosingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;
        private readonly int _answersEach;
        private readonly bool _reset;

        public ClosingServer(int answersEach, bool reset)
        {
            (_answersEach, _reset) = (answersEach, reset);
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public int Answers { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Signal.Of(_serving, "the server's end");
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task ServeAsync()
        {
            byte[] buffer = new byte[16 * 1024];
            try
            {
                while (true)
                {
                    using Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                    for (int answers = 0; await ReadRequestAsync(socket, buffer) && answers < _answersEach; answers++)
                    {
                        Answers++;
                        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray(), _stop.Token);
                    }

                    if (_reset)
                    {
                        socket.LingerState = new LingerOption(true, 0);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The test has its answer.
            }
        }

        private async Task<bool> ReadRequestAsync(Socket socket, byte[] buffer)
        {
            string request = "";
            while (!request.Contains("\r\n\r\n", StringComparison.Ordinal)
                || (request.StartsWith("POST", StringComparison.Ordinal) && !request.EndsWith('}')))
            {
                int read = await socket.ReceiveAsync(buffer, _stop.Token);
                if (read == 0)
                {
                    return false;
                }

                request += Encoding.ASCII.GetString(buffer, 0, read);
            }

            return true;
        }
    }
}
