using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>What only a process of its own shows: its signals, its limits, and a log that nobody reads.</summary>
public sealed class ServeProcessTests : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };

    public void Dispose()
    {
        _deadline.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Hang_up_reads_the_keys_again_and_ends_nothing()
    {
        await using ServedProcess serve = await ServedProcess.StartAsync(_deadline.Token);
        serve.ReadLog();
        Assert.Equal(401, await SyncAsync(serve, "key-3"));

        await File.WriteAllTextAsync(serve.Keys, """{"operator":"operator-key","agents":{"a1":"key-1","a3":"key-3"}}""", _deadline.Token);
        await serve.SignalAsync("HUP");
        await serve.WaitForLineAsync("were read again; agents with a key: 2", _deadline.Token);

        Assert.Equal(200, await SyncAsync(serve, "key-3"));
        Assert.Equal(401, await SyncAsync(serve, "key-2"));
        await serve.SignalAsync("TERM");
        await serve.WaitForExitAsync(_deadline.Token);
        Assert.Equal(0, serve.ExitCode);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("json")]
    public async Task Log_that_nobody_reads_holds_up_no_request_and_no_end_and_its_gap_is_counted(string format)
    {
        await using ServedProcess serve = await ServedProcess.StartAsync(
            _deadline.Token, null, "--log-level", "Debug", "--log-format", format);

        // Each opened and ended stream is two lines; a pipe and the queue hold about 1.1 million characters.
        await OpenAndLeaveStreamsAsync(serve, 6000);
        Assert.Equal(200, await SyncAsync(serve, "key-1"));

        serve.ReadLog();
        string line = await serve.WaitForLineAsync("were dropped", _deadline.Token);
        if (format == "json")
        {
            using JsonDocument json = JsonDocument.Parse(line);
            Assert.Equal("Warning", json.RootElement.GetProperty("LogLevel").GetString());
        }

        await serve.SignalAsync("TERM");
        await serve.WaitForExitAsync(_deadline.Token);
        Assert.Equal(0, serve.ExitCode);
    }

    [Fact]
    public async Task Log_that_is_never_read_does_not_keep_it_from_ending()
    {
        await using ServedProcess serve = await ServedProcess.StartAsync(_deadline.Token, null, "--log-level", "Debug");
        await OpenAndLeaveStreamsAsync(serve, 1500);

        await serve.SignalAsync("TERM");
        await serve.WaitForExitAsync(_deadline.Token).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, serve.ExitCode);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    public async Task Flood_of_silent_connections_leaves_streams_syncs_and_newcomers_served(int openFiles)
    {
        await using ServedProcess serve = await ServedProcess.StartAsync(_deadline.Token, openFiles, "--heartbeat", "500ms");
        serve.ReadLog();
        using HttpResponseMessage response = await _client.SendAsync(
            Request(serve, HttpMethod.Get, "events", "key-1"), HttpCompletionOption.ResponseHeadersRead, _deadline.Token);
        await using AgentEvents events = await AgentEvents.OverAsync(response, _deadline.Token);
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);

        using CancellationTokenSource enough = new();
        Task<int> flood = FloodAsync(serve.Address, connections: 1500, enough.Token);
        for (int round = 0; round < 5; round++)
        {
            // Each time over a connection of its own: a newcomer.
            using HttpClient newcomer = new() { Timeout = TimeSpan.FromSeconds(30) };
            using HttpResponseMessage health = await newcomer.GetAsync(new Uri(serve.Address, "/health"), _deadline.Token);
            Assert.Equal(200, (int)health.StatusCode);
            Assert.Equal(200, await SyncAsync(serve, "key-2"));
            Assert.Equal(": hb", await events.NextAsync());
        }

        await enough.CancelAsync();
        Assert.True(await flood > openFiles);
        Assert.False(serve.HasExited);
        await serve.SignalAsync("TERM");
        await serve.WaitForExitAsync(_deadline.Token);
        Assert.Equal(0, serve.ExitCode);
    }

    /// <summary>Opens connections that say nothing, each again when it is closed.</summary>
    /// <returns>How many there were.</returns>
    private static async Task<int> FloodAsync(Uri address, int connections, CancellationToken enough)
    {
        int opened = 0;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            byte[] buffer = new byte[1];
            while (!enough.IsCancellationRequested)
            {
                using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(address.Host, address.Port, enough);
                    Interlocked.Increment(ref opened);
                    await socket.ReceiveAsync(buffer, enough);
                }
                catch (Exception exception) when (exception is SocketException or OperationCanceledException)
                {
                    // It was closed at the other end, or it was enough.
                }
            }
        }));
        return opened;
    }

    private Task OpenAndLeaveStreamsAsync(ServedProcess serve, int count) => Parallel.ForAsync(
        0,
        count,
        new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = _deadline.Token },
        async (_, cancel) =>
        {
            using HttpRequestMessage request = Request(serve, HttpMethod.Get, "events", "key-1");
            using HttpResponseMessage stream = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            Assert.Equal(200, (int)stream.StatusCode);
        });

    private static HttpRequestMessage Request(ServedProcess serve, HttpMethod method, string what, string key)
    {
        HttpRequestMessage request = new(method, new Uri(serve.Address, $"/api/internal/agent/{what}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    private async Task<int> SyncAsync(ServedProcess serve, string key)
    {
        using HttpRequestMessage request = Request(serve, HttpMethod.Post, "sync", key);
        request.Content = new StringContent("""{"agentId":"a"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.SendAsync(request, _deadline.Token);
        return (int)response.StatusCode;
    }
}
