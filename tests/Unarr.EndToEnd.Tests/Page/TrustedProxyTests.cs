using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Unarr.ControlPlane.Operator;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Page;

public sealed class TrustedProxyTests
{
    private static readonly IPNetwork[] Loopback = [new(IPAddress.Parse("127.0.0.0"), 8)];

    [Theory]
    [InlineData("https", true)]
    [InlineData("HTTPS", true)]
    [InlineData("http", false)]
    [InlineData("", false)]
    public async Task Cookie_behind_a_trusted_proxy_with_tls_is_sent_back_over_tls_only(string forwarded, bool isSecure)
    {
        await using RunningControlPlane plane = await StartAsync(Loopback);
        string cookie = await SignInAsync(plane, ("X-Forwarded-Proto", forwarded), ("X-Forwarded-For", "192.0.2.7"));
        Assert.Equal(isSecure, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(isSecure, cookie.StartsWith("__Host-unarr-operator=", StringComparison.Ordinal));
        Assert.Equal(isSecure, cookie.Contains("; path=/;", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("https, http", "192.0.2.7, 127.0.0.2", true)]
    [InlineData("http, https", "192.0.2.7, 127.0.0.2", false)]
    public async Task Of_several_trusted_proxies_the_one_next_to_the_browser_says_how_it_came(
        string forwarded, string addresses, bool isSecure)
    {
        await using RunningControlPlane plane = await StartAsync(Loopback);
        string cookie = await SignInAsync(plane, ("X-Forwarded-Proto", forwarded), ("X-Forwarded-For", addresses));
        Assert.Equal(isSecure, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_others_than_trusted_proxies_say_of_a_client_is_ignored()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        foreach (IPNetwork[] proxies in (IPNetwork[][])[[], [new(IPAddress.Parse("10.0.0.0"), 8)]])
        {
            await using RunningControlPlane plane = await StartAsync(proxies, log);
            string cookie = await SignInAsync(plane, ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.7"));
            Assert.DoesNotContain("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(2, lines.Count(line => line == "The operator operator signed in from 127.0.0.1"));
    }

    [Fact]
    public async Task Address_in_the_log_is_the_client_s_as_the_trusted_proxy_says_it_and_not_as_the_client_does()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        await using RunningControlPlane plane = await StartAsync(Loopback, log);

        await SignInAsync(plane, ("X-Forwarded-For", "203.0.113.9, 192.0.2.7"));

        Assert.Single(lines, "The operator operator signed in from 192.0.2.7");
    }

    [Fact]
    public async Task Sixteen_strangers_do_not_lock_the_operator_out()
    {
        await using RunningControlPlane plane = await StartAsync(Loopback);
        using OperatorSession stranger = new(plane);
        using OperatorSession owner = new(plane);

        // Time stands still: whichever found a place waits for ever.
        Task<HttpResponseMessage>[] guesses =
        [
            .. Enumerable.Range(0, SignInBrake.MaxAtOnce + 1).Select(
                _ => stranger.SignInAsync("wrong", ("Origin", stranger.Origin), ("X-Forwarded-For", "203.0.113.9"))),
        ];
        HttpResponseMessage refused = await await Task.WhenAny(guesses);
        Assert.Equal(429, (int)refused.StatusCode);

        using HttpResponseMessage right = await owner.SignInAsync(
            RunningControlPlane.OperatorKey, ("Origin", owner.Origin), ("X-Forwarded-For", "192.0.2.7"));
        Assert.Equal(204, (int)right.StatusCode);

        await plane.Host.StopAsync();
        foreach (Task<HttpResponseMessage> guess in guesses)
        {
            (await guess).Dispose();
        }
    }

    [Fact]
    public void Addresses_of_one_client_share_a_bucket_and_the_buckets_have_a_bound()
    {
        Assert.Equal(Bucket("192.0.2.7"), Bucket("::ffff:192.0.2.7"));
        Assert.Equal(Bucket("2001:db8:1:2::1"), Bucket("2001:db8:1:2:ffff::9"));
        int[] buckets = [.. Enumerable.Range(0, 100_000).Select(i => ClientAddress.BucketOf(new IPAddress(i)))];
        Assert.All(buckets, bucket => Assert.InRange(bucket, 0, ClientAddress.Buckets - 1));
        Assert.True(buckets.Distinct().Count() > ClientAddress.Buckets / 2);

        static int Bucket(string address) => ClientAddress.BucketOf(IPAddress.Parse(address));
    }

    private static Task<RunningControlPlane> StartAsync(IPNetwork[] proxies, ILoggerProvider? log = null) =>
        RunningControlPlane.StartAsync(configure: options => options with
        {
            TrustedProxies = proxies,
            Logging = log is null ? null : logging => logging.AddProvider(log),
        });

    private static async Task<string> SignInAsync(RunningControlPlane plane, params (string Name, string Value)[] headers)
    {
        using OperatorSession session = new(plane);
        using HttpResponseMessage response = await session.SignInAsync(
            RunningControlPlane.OperatorKey, [("Origin", session.Origin), .. headers]);
        Assert.Equal(204, (int)response.StatusCode);
        return Assert.Single(response.Headers.GetValues("Set-Cookie"));
    }
}
