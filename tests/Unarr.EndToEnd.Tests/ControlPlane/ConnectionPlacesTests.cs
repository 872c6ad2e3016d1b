using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.ControlPlane.Connections;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class ConnectionPlacesTests
{
    /// <summary>Four places a second fall to each place that strangers have, for 5 s.</summary>
    [Theory]
    [InlineData(8, 512)]
    [InlineData(100, 2000)]
    [InlineData(63_000, 4096)]
    public void Queue_holds_no_more_than_gets_places_soon(int places, int backlog)
    {
        using ConnectionPlaces all = new(places, TimeProvider.System, NullLogger<ConnectionPlaces>.Instance);
        Assert.Equal(backlog, all.Backlog);
    }

    [Fact]
    public async Task Connection_that_says_nothing_is_closed_when_its_time_is_over_and_one_with_a_key_is_not()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { Heartbeat = TimeSpan.FromMinutes(5) });
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        using TcpClient silent = await ConnectAsync(plane);

        // Connections are accepted in their order: once a later one is answered, the silent one has its place.
        Assert.Equal(200, await GetAsync(plane));
        Task closed = EndAsync(silent, plane);

        plane.Time.Advance(ConnectionPlaces.StrangerTime - TimeSpan.FromMilliseconds(1));
        await AssertServedAsync(plane, events);
        Assert.False(closed.IsCompleted);

        plane.Time.Advance(ConnectionPlaces.StrangerTime);
        await closed;
        await AssertServedAsync(plane, events);
    }

    [Fact]
    public async Task Newcomer_takes_the_place_of_the_oldest_silent_connection_and_never_that_of_a_stream()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            MaxConnections = 4,
            TimeProvider = TimeProvider.System,
        });
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        List<TcpClient> silent = [];
        for (int i = 0; i < 12; i++)
        {
            silent.Add(await ConnectAsync(plane));
        }

        Assert.Equal(200, await GetAsync(plane));
        await EndAsync(silent[0], plane);

        await AssertServedAsync(plane, events);
        silent.ForEach(client => client.Dispose());
    }

    private static async Task AssertServedAsync(RunningControlPlane plane, AgentEvents events)
    {
        plane.Host.Nudge("a1");
        string? line;
        do
        {
            line = await events.NextAsync();
        }
        while (line?.StartsWith(':') == true);

        Assert.StartsWith("sync ", line, StringComparison.Ordinal);
    }

    private static async Task<int> GetAsync(RunningControlPlane plane)
    {
        using HttpClient newcomer = new() { BaseAddress = plane.Host.BaseAddress };
        newcomer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningControlPlane.OperatorKey);
        using HttpResponseMessage answer = await newcomer.GetAsync(new Uri("/api/operator/agents", UriKind.Relative), plane.Deadline);
        return (int)answer.StatusCode;
    }

    /// <summary>Waits until the control plane has closed a connection.</summary>
    private static async Task EndAsync(TcpClient client, RunningControlPlane plane)
    {
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], plane.Deadline));
        }
        catch (IOException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
        }
    }

    private static async Task<TcpClient> ConnectAsync(RunningControlPlane plane)
    {
        TcpClient client = new();
        await client.ConnectAsync(plane.Host.BaseAddress.Host, plane.Host.BaseAddress.Port, plane.Deadline);
        return client;
    }
}
