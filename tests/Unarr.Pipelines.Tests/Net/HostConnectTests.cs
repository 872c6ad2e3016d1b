using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Net;

public sealed class HostConnectTests
{
    private readonly ScriptedDialer _dialer = new();
    private readonly ObservedTime _time = new();

    [Fact]
    public async Task Literal_address_is_resolved_by_nobody()
    {
        var connect = new HostConnect(_ => throw new InvalidOperationException("The resolver was asked."), _dialer.DialAsync, _time);
        foreach (string literal in new[] { "192.0.2.1", "2001:db8::1" })
        {
            Task<Stream> connecting = connect.ConnectAsync(new DnsEndPoint(literal, 443), CancellationToken.None).AsTask();
            Assert.Equal(literal, (await ConnectedAsync()).Address);
            await Signal.Of(connecting, "the connection");
        }
    }

    [Fact]
    public async Task Resolver_that_does_not_answer_is_left_behind_when_the_time_is_over()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        using var cancel = new CancellationTokenSource();
        var connect = new HostConnect(_ => never.Task, _dialer.DialAsync, _time);
        Task<Stream> connecting = connect.ConnectAsync(new DnsEndPoint("a.example", 443), cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Signal.Of(connecting, "the end"));
    }

    [Fact]
    public async Task Name_that_does_not_resolve_is_a_failed_name_resolution()
    {
        ControlPlaneException failure = await FailureAsync(_ => throw new SocketException((int)SocketError.HostNotFound));
        Assert.Equal(ControlPlaneError.NameResolution, failure.Error);
        Assert.Equal(ControlPlaneError.NameResolution, (await FailureAsync(_ => Task.FromResult<IPAddress[]>([]))).Error);
    }

    [Fact]
    public async Task Failure_of_every_address_is_named_in_the_exchange_s_error()
    {
        IPAddress[] addresses = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.1")];
        Task<ControlPlaneException> failing = FailureAsync(_ => Task.FromResult(addresses));
        (await _dialer.NextAsync()).Fail(SocketError.NetworkUnreachable);
        (await _dialer.NextAsync()).Fail(SocketError.ConnectionRefused);

        ControlPlaneException failure = await Signal.Of(failing, "the failure");

        Assert.Equal(ControlPlaneError.Connection, failure.Error);
        Assert.EndsWith(
            "no connection: 2001:db8::1: network unreachable, 192.0.2.1: connection refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_whose_first_address_swallows_is_reached_over_real_sockets()
    {
        await using LoopbackServer server = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("""{"wake":true}"""));
        var swallowed = new TaskCompletionSource();
        HostConnect real = HostConnect.System;
        var connect = new HostConnect(
            _ => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.0.2.1"), IPAddress.Loopback]),
            async (address, cancellationToken) =>
            {
                if (!IPAddress.IsLoopback(address.Address))
                {
                    await using CancellationTokenRegistration gone = cancellationToken.Register(swallowed.SetResult);
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }

                return await real.ConnectAsync(new DnsEndPoint(address.Address.ToString(), address.Port), cancellationToken);
            },
            _time);
        using var http = new HttpClient(new ControlPlaneHandler { Connect = connect, Environment = _ => null }.Create());
        ControlPlaneClient client = Client(http, $"http://a.example:{new Uri(server.Url).Port}");

        var waking = client.WaitForWakeAsync();
        await _time.PassAsync(StaggeredConnect.AttemptDelay);

        Assert.True((await Signal.Of(waking, "the answer")).Wake);
        await Signal.Of(swallowed.Task, "the end of the attempt that lost");
    }

    private static ControlPlaneClient Client(HttpClient http, string mirror) => new(
        http,
        new MirrorPool([mirror], allowInsecureHttp: true),
        new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });

    private async Task<ScriptedDialer.Connection> ConnectedAsync() => (await _dialer.NextAsync()).Connect();

    private async Task<ControlPlaneException> FailureAsync(Func<string, Task<IPAddress[]>> resolve)
    {
        var connect = new HostConnect(resolve, _dialer.DialAsync, _time);
        using var http = new HttpClient(new ControlPlaneHandler { Connect = connect, Environment = _ => null }.Create());
        return await Assert.ThrowsAsync<ControlPlaneException>(() => Client(http, "https://a.example").WaitForWakeAsync());
    }
}
