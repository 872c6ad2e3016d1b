using System.Net;
using System.Net.Sockets;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Net;

public sealed class StaggeredConnectTests : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    private readonly ScriptedDialer _dialer = new();
    private readonly ObservedTime _time = new();
    private readonly CancellationTokenSource _cancel = new();

    public void Dispose() => _cancel.Dispose();

    [Fact]
    public async Task First_address_that_swallows_is_joined_by_the_second_after_250_milliseconds()
    {
        Task<Stream> connecting = Connect("2001:db8::1", "192.0.2.1");
        Assert.Equal("2001:db8::1", (await _dialer.NextAsync()).Address);
        Assert.False(_dialer.HasNext);

        await _time.PassAsync(Delay);
        ScriptedDialer.Attempt second = await _dialer.NextAsync();
        Assert.Equal("192.0.2.1", second.Address);
        ScriptedDialer.Connection connection = second.Connect();

        Assert.Same(connection, await Signal.Of(connecting, "the connection"));
        AssertNothingElseIsOpen(connection);
    }

    [Fact]
    public async Task First_address_that_answers_late_still_wins_over_the_others()
    {
        Task<Stream> connecting = Connect("2001:db8::1", "192.0.2.1", "192.0.2.2");
        ScriptedDialer.Attempt first = await _dialer.NextAsync();
        await _time.PassAsync(Delay);
        await _dialer.NextAsync();

        ScriptedDialer.Connection connection = first.Connect();

        Assert.Same(connection, await Signal.Of(connecting, "the connection"));
        Assert.False(_dialer.HasNext);
        AssertNothingElseIsOpen(connection);
    }

    [Fact]
    public async Task One_that_connects_when_another_has_won_is_closed()
    {
        var dialer = new ScriptedDialer { IsDeaf = true };
        Task<Stream> connecting = Connect(dialer, "2001:db8::1", "192.0.2.1");
        ScriptedDialer.Attempt first = await dialer.NextAsync();
        await _time.PassAsync(Delay);
        ScriptedDialer.Attempt second = await dialer.NextAsync();

        ScriptedDialer.Connection winner = second.Connect();
        await first.CancelledAsync();
        ScriptedDialer.Connection late = first.Connect();

        Assert.Same(winner, await Signal.Of(connecting, "the connection"));
        Assert.True(late.IsClosed);
        Assert.False(winner.IsClosed);
    }

    [Fact]
    public async Task Address_that_refuses_is_followed_by_the_next_at_once()
    {
        Task<Stream> connecting = Connect("2001:db8::1", "192.0.2.1");
        (await _dialer.NextAsync()).Fail(SocketError.ConnectionRefused);

        ScriptedDialer.Connection connection = (await _dialer.NextAsync()).Connect();

        Assert.Same(connection, await Signal.Of(connecting, "the connection"));
        AssertNothingElseIsOpen(connection);
    }

    [Fact]
    public async Task Failures_of_all_addresses_are_named_with_the_last_one_s_error()
    {
        Task<Stream> connecting = Connect("2001:db8::1", "192.0.2.1");
        (await _dialer.NextAsync()).Fail(SocketError.NetworkUnreachable);
        (await _dialer.NextAsync()).Fail(SocketError.ConnectionRefused);

        ConnectFailedException failure = await Assert.ThrowsAsync<ConnectFailedException>(() => Signal.Of(connecting, "the failure"));

        Assert.Equal("2001:db8::1: network unreachable, 192.0.2.1: connection refused", failure.Message);
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
        AssertNothingElseIsOpen(null);
    }

    [Fact]
    public async Task Failures_of_many_addresses_are_told_in_one_short_line()
    {
        Task<Stream> connecting = Connect([.. Enumerable.Range(1, 60).Select(host => $"192.0.2.{host}")]);
        for (int at = 0; at < 60; at++)
        {
            (await _dialer.NextAsync()).Fail(SocketError.HostUnreachable);
        }

        ConnectFailedException failure = await Assert.ThrowsAsync<ConnectFailedException>(() => Signal.Of(connecting, "the failure"));

        Assert.EndsWith("192.0.2.4: host unreachable and 56 more", failure.Message, StringComparison.Ordinal);
        AssertNothingElseIsOpen(null);
    }

    [Fact]
    public async Task One_address_arms_no_timer_and_its_failure_is_told_without_the_address()
    {
        Task<Stream> connecting = Connect("192.0.2.1");
        ScriptedDialer.Attempt only = await _dialer.NextAsync();
        Assert.Equal(0, _time.LiveTimers);
        only.Fail(SocketError.ConnectionRefused);

        ConnectFailedException failure = await Assert.ThrowsAsync<ConnectFailedException>(() => Signal.Of(connecting, "the failure"));

        Assert.Equal("connection refused", failure.Message);
    }

    [Fact]
    public async Task Cancelling_leaves_no_attempt_no_connection_and_no_timer()
    {
        Task<Stream> connecting = Connect("2001:db8::1", "192.0.2.1", "192.0.2.2");
        await _dialer.NextAsync();
        await _time.PassAsync(Delay);
        await _dialer.NextAsync();

        await _cancel.CancelAsync();

        OperationCanceledException cancelled =
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Signal.Of(connecting, "the end"));
        Assert.Equal(_cancel.Token, cancelled.CancellationToken);
        AssertNothingElseIsOpen(null);
    }

    [Fact]
    public void Families_alternate_beginning_with_the_resolver_s_first()
    {
        Assert.Equal(
            ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"],
            Interleaved("2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2", "192.0.2.1"));
        Assert.Equal(["192.0.2.1", "2001:db8::1", "192.0.2.2"], Interleaved("192.0.2.1", "192.0.2.2", "2001:db8::1"));
        Assert.Empty(Interleaved());
    }

    private static IEnumerable<string> Interleaved(params string[] addresses) =>
        AddressOrder.Interleave([.. addresses.Select(IPAddress.Parse)]).Select(address => address.ToString());

    private Task<Stream> Connect(params string[] addresses) => Connect(_dialer, addresses);

    private Task<Stream> Connect(ScriptedDialer dialer, params string[] addresses) =>
        new StaggeredConnect(dialer.DialAsync, _time).ConnectAsync([.. addresses.Select(IPAddress.Parse)], 443, _cancel.Token).AsTask();

    private void AssertNothingElseIsOpen(ScriptedDialer.Connection? winner)
    {
        Assert.Equal(0, _dialer.Pending);
        Assert.Equal(0, _time.LiveTimers);
        Assert.All(_dialer.Connections, connection => Assert.Equal(connection != winner, connection.IsClosed));
    }
}
