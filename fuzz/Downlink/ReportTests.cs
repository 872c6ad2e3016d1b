using System.Globalization;
using System.Text;
using Unarr.Agents.Downlink;
using Xunit;
using Xunit.Abstractions;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Both rules on the same scripts, side by side: the table and the picture that README shows.</summary>
public sealed class ReportTests(ITestOutputHelper output)
{
    private const int Hours = 4;
    private const int Seed = 1;

    private static readonly TimeSpan Length = TimeSpan.FromHours(Hours);

    private static readonly Behaviour HeldBack = new() { HoldsBack = true, Told = S(15), EventEvery = S(47) };

    private static readonly (string Name, Script Script)[] Rows =
    [
        ("healthy path", Script.Of(Length, Behaviour.Healthy)),
        ("mute from the start", Script.Of(Length, Behaviour.Mute)),
        ("not even the headers come", Script.Of(Length, new Behaviour { MuteFrom = MuteFrom.Headers })),
        ("a comment, then mute, on every connection", Script.Of(Length, new Behaviour { MuteFrom = MuteFrom.Greeting, Told = S(15) })),
        ("mute for 20 minutes, then healed",
            new Script(Length, [new Segment(TimeSpan.Zero, Behaviour.Mute), new Segment(S(1200), Behaviour.Healthy)])),
        ("reset every 10 s", Script.Of(Length, new Behaviour { ResetAfter = S(10) })),
        ("reset every 30 s", Script.Of(Length, new Behaviour { ResetAfter = S(30) })),
        ("stream and poll cut every 10 s", Script.Of(Length, new Behaviour { CutAfter = S(10) })),
        ("a buffer flushed every 30 s", Script.Of(Length, new Behaviour { FlushEvery = S(30) })),
        ("each piece held back until the next; a comment after each event", Script.Of(Length, HeldBack)),
        ("the same, and no comment after events", Script.Of(Length, HeldBack with { CommentsAfterEvents = false })),
        ("recycled properly every 30 s", Script.Of(Length, new Behaviour { RecycleAfter = S(30), Told = S(15) })),
        ("recycled properly every 55 s", Script.Of(Length, new Behaviour { RecycleAfter = S(55), Told = S(15) })),
        ("recycled properly every 100 s", Script.Of(Length, new Behaviour { RecycleAfter = S(100), Told = S(15) })),
        ("recycled at ages that vary by 10 %",
            Script.Of(Length, new Behaviour { RecycleAfter = S(55), Told = S(15), AgeVariesBy = 0.1 })),
        ("recycled at ages that vary by half",
            Script.Of(Length, new Behaviour { RecycleAfter = S(55), Told = S(15), AgeVariesBy = 0.5 })),
        ("recycled every 30 s, every 100 s in the second hour", new Script(
            Length,
            [
                new Segment(TimeSpan.Zero, new Behaviour { RecycleAfter = S(30), Told = S(15) }),
                new Segment(S(3600), new Behaviour { RecycleAfter = S(100), Told = S(15) }),
                new Segment(S(7200), new Behaviour { RecycleAfter = S(30), Told = S(15) }),
            ])),
        ("announces 5 s, sends every 15 s", Script.Of(Length, new Behaviour { Told = S(5) })),
        ("no heartbeat, an event every 3 minutes", Script.Of(Length, new Behaviour { Beat = TimeSpan.Zero, EventEvery = S(180) })),
        ("handler busy for 2 minutes", new Script(
            Length,
            [
                new Segment(TimeSpan.Zero, Behaviour.Healthy),
                new Segment(S(310), Behaviour.Healthy with { HandlerIsBusy = true }),
                new Segment(S(430), Behaviour.Healthy),
            ])),
        ("all mirrors down for 10 minutes, then up", new Script(
            Length,
            [
                new Segment(TimeSpan.Zero, Behaviour.Healthy),
                new Segment(S(300), new Behaviour { Reach = Reach.Refused }),
                new Segment(S(900), Behaviour.Healthy),
            ])),
    ];

    [Fact]
    public void Table_of_both_rules_is_up_to_date()
    {
        var table = new StringBuilder("""
            # Every path, under both rules

            Time in which an agent was blind, and in which a push would have waited. [downlink.md](downlink.md) defines both.


            """);
        table.Append(CultureInfo.InvariantCulture, $"| {Hours} hours of virtual time | sequential rule: blind | a push would have waited ");
        table.Append("""
            | make before break: blind | a push would have waited |
            | --- | --- | --- | --- | --- |

            """);
        foreach ((string name, Script script) in Rows)
        {
            Coverage sequential = Run(script, hedging: false);
            Coverage hedging = Run(script, hedging: true);
            table.Append(CultureInfo.InvariantCulture,
                $"| {name} | {Shown(sequential.Blind)} | {Shown(sequential.Deaf)} | {Shown(hedging.Blind)} | {Shown(hedging.Deaf)} |\n");
        }

        output.WriteLine(table.ToString());
        Docs.AssertIsUpToDate("downlink-table.md", table.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Table_in_the_readme_shows_what_is_measured()
    {
        (string Shown, string Row)[] rows =
        [
            ("healthy", "healthy path"),
            ("mute from the start, status 200", "mute from the start"),
            ("a comment, then mute, on every connection", "a comment, then mute, on every connection"),
            ("stream reset every 10 s", "reset every 10 s"),
            ("a buffer flushed every 30 s", "a buffer flushed every 30 s"),
        ];
        var table = new StringBuilder("| path | sequential rule | make before break |\n| --- | --- | --- |\n");
        foreach ((string shown, string row) in rows)
        {
            Script script = Rows.Single(candidate => candidate.Name == row).Script;
            table.Append(CultureInfo.InvariantCulture,
                $"| {shown} | {Shown(Run(script, hedging: false).Deaf)} | {Shown(Run(script, hedging: true).Deaf)} |\n");
        }

        Assert.Contains($"\n\n{table}\n", Docs.Read("../README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Picture_of_both_rules_is_up_to_date() =>
        Docs.AssertIsUpToDate(
            "blind-time.svg",
            BlindTimeChart.Draw(Hours, Run(Rows[1].Script, hedging: false).Episodes, Run(Rows[1].Script, hedging: true).Episodes));

    private static Coverage Run(Script script, bool hedging) =>
        Scenario.Run(script, Seed, new DownlinkSettings { AgentId = "a", Hedging = hedging }).Coverage;

    private static string Shown(TimeSpan time) => time < TimeSpan.FromSeconds(0.005) ? "0"
        : time < TimeSpan.FromMinutes(5) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min ({time / Length:0 %})");

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
