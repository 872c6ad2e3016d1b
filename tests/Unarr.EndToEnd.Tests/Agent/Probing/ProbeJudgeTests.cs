extern alias UnarrAgent;

using System.Globalization;
using UnarrAgent::Unarr.Agent.Probing;

namespace Unarr.EndToEnd.Tests.Agent.Probing;

public class ProbeJudgeTests
{
    private static readonly double[] Sent = [0, 5, 25, 125, 625, 3000];

    [Theory]
    [InlineData("Streams", "1 6 26 126 626 3001")]
    [InlineData("Streams", "240 245 265 365 865 3240")]
    [InlineData("Streams", "1 30 30 126 626 3001")]
    [InlineData("Delayed", "2000 2005 2025 2125 2625 5000")]
    [InlineData("Delayed", "1000 1000 1000 1000 1000 3001")]
    [InlineData("Delayed", "1 6 26 126 626 3600")]
    [InlineData("Delayed", "1 1000 1000 1000 2000 3001")]
    [InlineData("PreambleThenBuffered", "1 3001 3001 3001 3001 3001")]
    [InlineData("PreambleThenBuffered", "1 6 26 126 3050 3060")]
    [InlineData("PreambleThenBuffered", "1")]
    [InlineData("PreambleThenBuffered", "1 6 26 126 626")]
    [InlineData("BufferedUntilTheEnd", "3001 3001 3001 3001 3001 3001")]
    [InlineData("BufferedUntilTheEnd", "6000 6000 6000 6000 6000 6000")]
    [InlineData("BufferedUntilTheEnd", "")]
    [InlineData("OnePieceBehind", "6 26 126 626 3001 3002")]
    [InlineData("OnePieceBehind", "6 26 126 626 3001")]
    [InlineData("OnePieceBehind", "306 326 426 926 3301 3302")]
    [InlineData("OnePieceBehind", "306 326 426 926 3301 4000")]
    [InlineData("Delayed", "6 26 126 1626 4001 4002")]
    public void Rhythm_of_arrivals_gives_the_verdict(string verdict, string arrived) =>
        Assert.Equal(verdict, Verdict(Rhythm(Numbers(arrived))));

    // hb is the interval that was told (0: none), lasted how long the stream was looked at; then the times of single heartbeats.
    [Theory]
    [InlineData("Streams", 15, 40, "0.01 15 30")]
    [InlineData("Streams", 15, 33, "0.01 18 33")]
    [InlineData("Delayed", 15, 40, "0.01 25 40")]
    [InlineData("Delayed", 15, 40, "5 20 35")]
    [InlineData("PreambleThenBuffered", 15, 20, "0.01")]
    [InlineData("PreambleThenBuffered", 15, 60, "0.01 15 30")]
    [InlineData("Unknown", 0, 40, "0.01")]
    [InlineData("Unknown", 0, 40, "0.01 5")]
    [InlineData("Unknown", 0, 40, "0.01 1 2 3")]
    [InlineData("Unknown", 0, 40, "0.01 7 14 21")]
    [InlineData("PreambleThenBuffered", 1, 40, "0.01 1 2 3")]
    [InlineData("Unknown", 32, 40, "0.01")]
    [InlineData("Unknown", 60, 40, "0.01")]
    [InlineData("Streams", 32, 40, "0.01 32")]
    [InlineData("Streams", 0, 40, "0.01 10 20 30")]
    [InlineData("Unknown", 0, 40, "")]
    [InlineData("Unknown", 0, 40, "40")]
    [InlineData("Unknown", 0, 40, "39.9")]
    [InlineData("OnePieceBehind", 15, 40, "15 30")]
    [InlineData("OnePieceBehind", 15, 46, "15.1 30.2 45.3")]
    [InlineData("OnePieceBehind", 15, 17, "15")]
    [InlineData("Streams", 0, 40, "0.01 3 20")]
    public void Heartbeats_give_the_verdict(string verdict, double hb, double lasted, string seconds) =>
        Assert.Equal(verdict, Verdict(Stream(lasted, [.. Numbers(seconds).Select(at => Arrival(at))]) with
        {
            ToldHeartbeat = hb == 0 ? null : TimeSpan.FromSeconds(hb),
        }));

    [Fact]
    public void Key_that_is_refused_and_proxy_that_wants_a_user_are_what_the_advice_is_about()
    {
        ProbeObservation page = Stream(1, Arrival(0.1)) with { ContentType = "text/html" };

        Assert.StartsWith("key: ", Report(page with { Status = 401 }).Changes[0], StringComparison.Ordinal);
        Assert.StartsWith("key: ", Report(page with { Status = 403 }).Changes[0], StringComparison.Ordinal);
        Assert.StartsWith("proxy: ", Report(page with { Status = 407 }).Changes[0], StringComparison.Ordinal);

        ProbeReport refused = Report(new ProbeObservation
        {
            Url = new Uri("https://127.0.0.1/"),
            Connected = TimeSpan.Zero,
            Status = 407,
            Failure = "The proxy tunnel request failed",
        });
        Assert.Equal("There is no way through: The proxy tunnel request failed.", refused.Finding.Cause);
        Assert.StartsWith("proxy: ", refused.Changes[0], StringComparison.Ordinal);

        static ProbeReport Report(ProbeObservation seen) => new(ProbeJudge.Judge(seen), seen);
    }

    [Fact]
    public void Heartbeats_that_come_several_at_once_were_held_back() => Assert.Equal(
        "Delayed", Verdict(Stream(40, Arrival(0.01), Arrival(10, comments: 5), Arrival(20, comments: 5), Arrival(30, comments: 5))));

    [Theory]
    [InlineData(null)]
    [InlineData(15.0)]
    public void Events_that_come_in_bursts_again_and_again_were_held_back(double? told) => Assert.Equal(
        "Delayed", Verdict(Stream(40, Arrival(0.01), Events(8), Events(16), Events(24), Events(32), Events(40)) with
        {
            ToldHeartbeat = told is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        }));

    [Fact]
    public void Events_without_a_pause_stream_though_each_follows_closely() => Assert.Equal(
        "Streams", Verdict(Stream(40, [.. Enumerable.Range(1, 4000).Select(index => Arrival(index / 100.0, 0, 1))])));

    [Theory]
    [InlineData("Unknown", 30)]
    [InlineData("NoStream", 0.2)]
    public void Stream_that_is_cut_after_its_first_bytes_does_not_stream(string verdict, double cut) =>
        Assert.Equal(verdict, Verdict(Stream(cut, Arrival(0.01)) with { Failure = "connection reset" }));

    // On https the first byte is three round trips away: one for TCP, one for TLS, one for the request.
    [Theory]
    [InlineData("Streams", 125)]
    [InlineData("Streams", 600)]
    [InlineData("Streams", 1500)]
    public void Latency_of_the_network_is_no_delay(string verdict, double roundTrip) =>
        Assert.Equal(verdict, Verdict(Slow(roundTrip, Rhythm([.. Sent.Select(at => at + (3 * roundTrip) + 40)]))));

    [Fact]
    public void Latency_that_no_connection_explains_is_the_network_s_up_to_a_second()
    {
        Assert.Equal("Streams", Verdict(Rhythm([.. Sent.Select(at => at + 800)])));
        Assert.Equal("Delayed", Verdict(Rhythm([.. Sent.Select(at => at + 2000)])));
    }

    [Fact]
    public void Path_that_lets_go_only_behind_two_kibibytes_is_told_to_send_them_first()
    {
        ProbeObservation plain = Rhythm(1, 3001, 3001, 3001, 3001, 3001);
        ProbeReport report = new(ProbeJudge.Judge(plain), plain, Rhythm(1, 6, 26, 126, 626, 3001));

        Assert.Contains(report.Changes, change => change.Contains("2 KiB", StringComparison.Ordinal));
        Assert.DoesNotContain(
            new ProbeReport(ProbeJudge.Judge(plain), plain, plain).Changes, change => change.Contains("2 KiB", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("BufferedUntilTheEnd", 4, 4.01)]
    [InlineData("Streams", 0.02, 0.03)]
    [InlineData("Streams", 4, 9)]
    public void Stream_that_ends_came_in_time_or_at_its_end(string verdict, double first, double end) =>
        Assert.Equal(verdict, Verdict(Stream(end, Arrival(first)) with { Ended = true }));

    [Theory]
    [InlineData(401, "text/event-stream")]
    [InlineData(404, null)]
    [InlineData(302, "text/html")]
    [InlineData(200, "text/html; charset=utf-8")]
    [InlineData(200, "text/event-streams")]
    [InlineData(200, null)]
    public void Answer_that_is_no_event_stream_is_no_stream(int status, string? contentType) =>
        Assert.Equal("NoStream", Verdict(Stream(1, Arrival(0.1)) with { Status = status, ContentType = contentType }));

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("Text/Event-Stream; charset=utf-8")]
    public void Content_type_is_compared_without_case_and_parameters(string contentType) =>
        Assert.Equal("Streams", Verdict(Rhythm(1, 6, 26, 126, 626, 3001) with { ContentType = contentType }));

    [Fact]
    public void Compressed_bytes_that_arrive_in_time_are_no_stream_and_late_ones_are_what_they_are()
    {
        Assert.Equal("NoStream", Verdict(Stream(12, Arrival(0.01), Arrival(5), Arrival(10)) with { ContentEncoding = "gzip" }));
        Assert.Equal("BufferedUntilTheEnd", Verdict(Stream(20) with { ContentEncoding = "gzip" }));
        Assert.Equal("Streams", Verdict(Stream(12, Arrival(0.01), Arrival(5), Arrival(10)) with { ContentEncoding = "identity" }));
        Assert.Equal("Streams", Verdict(Stream(12, Arrival(0.01), Arrival(5), Arrival(10)) with { ContentEncoding = "none, UTF-8" }));
    }

    [Fact]
    public void Connection_or_answer_that_does_not_come_is_told_apart()
    {
        ProbeObservation nothing = new() { Url = new Uri("http://127.0.0.1/"), Lasted = TimeSpan.FromSeconds(10) };
        Assert.Equal("Unreachable", Verdict(nothing));
        Assert.Equal("Unreachable", Verdict(nothing with { Connected = TimeSpan.Zero, Failure = "The response ended prematurely" }));
        Assert.Equal("Unreachable", Verdict(nothing with { Connected = TimeSpan.Zero }));
        Assert.Equal("BufferedUntilTheEnd", Verdict(nothing with { Connected = TimeSpan.Zero, AnswersElsewhere = true }));
    }

    internal static ProbeObservation Rhythm(params double[] arrived) => Stream(8, [.. arrived.Select(at => Arrival(at / 1000, 0, 1))]) with
    {
        IsRhythm = true,
        Steps = [.. arrived.Select((at, index) => new ProbeStep(TimeSpan.FromMilliseconds(Sent[index]), TimeSpan.FromMilliseconds(at)))],
    };

    private static ProbeObservation Slow(double roundTrip, ProbeObservation seen) => seen with
    {
        Connected = TimeSpan.FromMilliseconds(roundTrip),
        Established = TimeSpan.FromMilliseconds(2 * roundTrip),
        Headers = TimeSpan.FromMilliseconds(3 * roundTrip),
    };

    private static ProbeArrival Events(double seconds) => Arrival(seconds, 0, 8);

    private static double[] Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    private static string Verdict(ProbeObservation seen) => ProbeJudge.Judge(seen).Verdict.ToString();

    private static ProbeArrival Arrival(double seconds, int comments = 1, int events = 0) =>
        new(TimeSpan.FromSeconds(seconds), 8, comments, events);

    private static ProbeObservation Stream(double lasted, params ProbeArrival[] arrivals) => new()
    {
        Url = new Uri("http://127.0.0.1/"),
        Connected = TimeSpan.FromMilliseconds(1),
        Headers = TimeSpan.FromMilliseconds(2),
        Status = 200,
        ContentType = "text/event-stream",
        Arrivals = arrivals,
        Lasted = TimeSpan.FromSeconds(lasted),
    };
}
