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
    [InlineData("PreambleThenBuffered", 0, 40, "0.01")]
    [InlineData("BufferedUntilTheEnd", 0, 40, "")]
    [InlineData("Streams", 0, 40, "0.01 3 20")]
    public void Heartbeats_give_the_verdict(string verdict, double hb, double lasted, string seconds) =>
        Assert.Equal(verdict, Verdict(Stream(lasted, [.. Numbers(seconds).Select(at => Arrival(at))]) with
        {
            ToldHeartbeat = hb == 0 ? null : TimeSpan.FromSeconds(hb),
        }));

    [Fact]
    public void Heartbeats_that_come_several_at_once_were_held_back() => Assert.Equal(
        "Delayed", Verdict(Stream(40, Arrival(0.01), Arrival(10, comments: 5), Arrival(20, comments: 5), Arrival(30, comments: 5))));

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
        Assert.Equal("NoStream", Verdict(Stream(20, Arrival(0.01), Arrival(5), Arrival(10)) with { ContentEncoding = "gzip" }));
        Assert.Equal("BufferedUntilTheEnd", Verdict(Stream(20) with { ContentEncoding = "gzip" }));
        Assert.Equal("Streams", Verdict(Stream(20, Arrival(0.01), Arrival(5), Arrival(10)) with { ContentEncoding = "identity" }));
    }

    [Fact]
    public void Connection_or_answer_that_does_not_come_is_told_apart()
    {
        ProbeObservation nothing = new() { Url = new Uri("http://127.0.0.1/"), Lasted = TimeSpan.FromSeconds(10) };
        Assert.Equal("Unreachable", Verdict(nothing));
        Assert.Equal("Unreachable", Verdict(nothing with { Connected = TimeSpan.Zero, Failure = "The response ended prematurely" }));
        Assert.Equal("BufferedUntilTheEnd", Verdict(nothing with { Connected = TimeSpan.Zero }));
    }

    internal static ProbeObservation Rhythm(params double[] arrived) => Stream(8, [.. arrived.Select(at => Arrival(at / 1000, 0, 1))]) with
    {
        IsRhythm = true,
        Steps = [.. arrived.Select((at, index) => new ProbeStep(TimeSpan.FromMilliseconds(Sent[index]), TimeSpan.FromMilliseconds(at)))],
    };

    private static double[] Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    private static string Verdict(ProbeObservation seen) => ProbeJudge.Judge(seen).Verdict.ToString();

    private static ProbeArrival Arrival(double seconds, int comments = 1, int events = 0) => new(TimeSpan.FromSeconds(seconds), 8, comments, events);

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
