using System.Net;
using Microsoft.Extensions.Time.Testing;
using Unarr.ControlPlane.Operator;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class HeaderKeyBrakeTests
{
    [Fact]
    public async Task Wrong_keys_past_the_allowance_wait_and_right_ones_of_the_same_address_never_do()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        for (int i = 0; i < HeaderKeyBrake.Allowance; i++)
        {
            Assert.Equal(401, (await plane.SendAsync(HttpMethod.Get, "/api/operator/agents", "wrong")).Status);
        }

        // Time stands still: what has to wait does so until the end.
        Task<Answer> guess = plane.SendAsync(HttpMethod.Get, "/api/operator/agents", "wrong");
        Task<Answer> agent = plane.SendAsync(HttpMethod.Get, "/api/internal/agent/wake", "key-of-nobody");
        Assert.Equal(200, (await plane.OperatorAsync(HttpMethod.Get, "")).Status);
        Assert.Equal(200, (await plane.SyncAsync("a1")).Status);
        Assert.False(guess.IsCompleted);
        Assert.False(agent.IsCompleted);

        await plane.Host.StopAsync();
        Assert.Equal(401, (await guess).Status);
        Assert.Equal(401, (await agent).Status);
    }

    [Fact]
    public void Failures_past_the_allowance_are_slowed_by_address_up_to_a_bound()
    {
        FakeTimeProvider time = new();
        FailureCounts failures = new(time, allowance: 2);
        double[] delays = [.. Enumerable.Range(0, 8).Select(_ => failures.Fail(IPAddress.Loopback).Delay.TotalMilliseconds)];
        Assert.Equal([0, 0, 250, 500, 1000, 2000, 4000, 4000], delays);
        Assert.Equal(TimeSpan.Zero, failures.Fail(OtherThanLoopback()).Delay);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((TimeSpan.Zero, 1), failures.Fail(IPAddress.Loopback));
    }

    private static IPAddress OtherThanLoopback() => Enumerable.Range(1, 9).Select(i => new IPAddress([192, 0, 2, (byte)i]))
        .First(address => ClientAddress.BucketOf(address) != ClientAddress.BucketOf(IPAddress.Loopback));
}
