using Unarr.Agents.Downlink.ControlPlane;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

public sealed class MirrorPoolTests
{
    private static readonly Uri A = new("https://a.example");
    private static readonly Uri B = new("https://b.example");
    private static readonly Uri C = new("https://c.example");

    [Fact]
    public void Urls_are_trimmed_and_empty_ones_and_repetitions_skipped()
    {
        var pool = new MirrorPool(
            ["", "  https://a.example/// ", "https://A.EXAMPLE", "\t", "https://b.example/base/", null!, "https://b.example/base"]);
        Assert.Equal([A, new Uri("https://b.example/base")], pool.Mirrors);
        Assert.Equal(A, pool.Current);
    }

    [Theory]
    [InlineData("a.example")]
    [InlineData("/relative")]
    [InlineData("https://")]
    [InlineData("ftp://a.example")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https//a.example")]
    [InlineData("http://a.example")]
    [InlineData("http://127.0.0.1.example")]
    [InlineData("http://192.168.0.1:8080")]
    [InlineData("https://user@a.example")]
    [InlineData("https://user:hunter2@a.example")]
    [InlineData("http://user:hunter2@a.example")]
    [InlineData("ftp://user:hunter2@a.example")]
    [InlineData("https://user:hunter2@a.example:99999")]
    [InlineData("user:hunter2@a.example")]
    [InlineData("https://a.example/?token=hunter2")]
    [InlineData("https://a.example/#hunter2")]
    [InlineData("ftp://a.example/?token=hunter2")]
    [InlineData("a.example/?token=hunter2")]
    public void What_is_no_safe_url_is_refused_without_telling_what_may_be_secret(string url)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new MirrorPool(["https://fine.example", url]));
        Assert.DoesNotContain("hunter2", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("fine.example", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:5000")]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("http://127.8.8.8")]
    [InlineData("http://[::1]:5000")]
    [InlineData("HTTP://LOCALHOST")]
    public void Plain_http_to_loopback_is_accepted(string url) => Assert.Single(new MirrorPool([url]).Mirrors);

    [Fact]
    public void Plain_http_elsewhere_needs_the_explicit_permission_also_when_replaced()
    {
        var insecure = new MirrorPool(["http://a.example"], allowInsecureHttp: true);
        insecure.Replace(["http://b.example"]);
        Assert.Equal("b.example", insecure.Current.Host);

        var secure = new MirrorPool(["https://a.example"]);
        Assert.Throws<ArgumentException>(() => secure.Replace(["http://b.example"]));
        Assert.Equal([A], secure.Mirrors);
    }

    [Fact]
    public void An_empty_pool_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new MirrorPool(null!));
        Assert.Throws<ArgumentException>(() => new MirrorPool([]));
        Assert.Throws<ArgumentException>(() => new MirrorPool(["", "  ", "/"]));
        var pool = new MirrorPool(["https://a.example"]);
        Assert.Throws<ArgumentException>(() => pool.Replace([]));
        Assert.Equal(A, pool.Current);
    }

    [Fact]
    public void It_rotates_round_robin_from_the_one_that_failed()
    {
        MirrorPool pool = Three();
        Assert.Equal(B, pool.Rotate(A));
        Assert.Equal(C, pool.Rotate(B));
        Assert.Equal(A, pool.Rotate(C));
    }

    [Fact]
    public void A_mirror_that_was_left_already_moves_nothing()
    {
        MirrorPool pool = Three();
        pool.Rotate(A);
        Assert.Equal(B, pool.Rotate(A));
        Assert.Equal(B, pool.Rotate(new Uri("https://unknown.example")));
        Assert.Equal(B, pool.Current);
    }

    [Fact]
    public void In_order_gives_each_mirror_once_from_the_one_in_use()
    {
        MirrorPool pool = Three();
        pool.Rotate(A);
        Assert.Equal([B, C, A], pool.Requests.InOrder());
    }

    [Fact]
    public void After_10_minutes_on_another_mirror_the_primary_is_tried_first_again()
    {
        var time = new ObservedTime();
        var pool = new MirrorPool(["https://a.example", "https://b.example", "https://c.example"], timeProvider: time);
        pool.Rotate(A);
        time.Advance(TimeSpan.FromMinutes(6));
        pool.Rotate(B);
        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal([C, A, B], pool.Requests.InOrder());
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([A, B, C], pool.Requests.InOrder());
        Assert.Equal(A, pool.Current);
    }

    [Fact]
    public void The_streams_mirror_and_the_requests_mirror_move_apart()
    {
        MirrorPool pool = Three();
        pool.Streams.Rotate(A);
        Assert.Equal((A, B), (pool.Requests.Current, pool.Streams.Current));
    }

    [Fact]
    public void Replacing_stays_on_the_mirror_in_use_where_it_can()
    {
        MirrorPool pool = Three();
        pool.Rotate(A);
        pool.Replace(["https://c.example", "https://b.example/"]);
        Assert.Equal(B, pool.Current);
        Assert.Equal([C, B], pool.Mirrors);
        pool.Replace(["https://c.example", "https://a.example"]);
        Assert.Equal(C, pool.Current);
    }

    [Fact]
    public async Task Threads_that_rotate_and_replace_at_once_always_see_a_mirror_of_the_pool()
    {
        MirrorPool pool = Three();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int turn = 0; turn < 5_000; turn++)
            {
                if (turn % 5 == worker)
                {
                    pool.Replace(turn % 2 == 0 ? ["https://c.example"] : ["https://a.example", "https://b.example", "https://c.example"]);
                }

                Uri[] mirrors = pool.Requests.InOrder();
                Assert.Equal(mirrors.Length, mirrors.Distinct().Count());
                Assert.Contains(pool.Rotate(mirrors[0]), new[] { A, B, C });
            }
        })));
    }

    private static MirrorPool Three() => new(["https://a.example", "https://b.example", "https://c.example"]);
}
