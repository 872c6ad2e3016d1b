using System.Text.RegularExpressions;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The state diagram in docs/downlink.md shows every transition that the machine makes, and no other.</summary>
public sealed partial class DiagramTests
{
    private const int Scripts = 20_000;

    /// <summary>Where few random networks lead: the long-poll is to be left alone when the attempt after a recycled stream fails;
    /// and the attempt of an agent that was gone meets a network that fails.</summary>
    private static readonly Script[] Rare =
    [
        new(
            TimeSpan.FromSeconds(300),
            [
                new Segment(TimeSpan.Zero, Behaviour.Healthy),
                new Segment(TimeSpan.FromSeconds(100),
                    new Behaviour { Beat = TimeSpan.Zero, Wake = Refusal.Busy, RetryAfter = TimeSpan.FromSeconds(300) }),
                new Segment(TimeSpan.FromSeconds(130), new Behaviour { RecycleAfter = TimeSpan.FromSeconds(40) }),
                new Segment(TimeSpan.FromSeconds(171), new Behaviour { Reach = Reach.Refused }),
            ]),
        new(
            TimeSpan.FromSeconds(1000),
            [
                new Segment(TimeSpan.Zero, new Behaviour { Events = Refusal.Gone, Sync = Refusal.Gone }),
                new Segment(TimeSpan.FromSeconds(100),
                    new Behaviour { MuteFrom = MuteFrom.Headers, Wake = Refusal.Broken, Sync = Refusal.Broken }),
            ]),
    ];

    [Fact]
    public void Diagram_shows_the_transitions_that_are_made_and_no_other()
    {
        var made = new HashSet<(DownlinkState, DownlinkState)>();
        foreach ((Script script, Random random) in Enumerable.Range(0, Scripts).Select(Random).Concat(
            Rare.Select(rare => (rare, new Random(1)))))
        {
            DownlinkState before = DownlinkState.Connecting;
            foreach ((_, MachineStatus status) in new Simulation(script, new DownlinkSettings { AgentId = "a" }, random.NextDouble).Run(
                ).Reports)
            {
                made.Add((before, status.State));
                before = status.State;
            }
        }

        // A state may be reported again, with another route; and every one ends by shutdown, which the diagram says in words.
        made.RemoveWhere(edge => edge.Item1 == edge.Item2 || edge.Item2 == DownlinkState.Stopped);
        (DownlinkState, DownlinkState)[] shown =
        [
            .. from Match edge in Edge().Matches(Docs.Read("downlink.md"))
               select (Enum.Parse<DownlinkState>(edge.Groups["from"].Value), Enum.Parse<DownlinkState>(edge.Groups["to"].Value)),
        ];
        Assert.Empty(made.Except(shown).Order().Select(edge => $"{edge.Item1} --> {edge.Item2} is made"));
        Assert.Empty(shown.Except(made).Order().Select(edge => $"{edge.Item1} --> {edge.Item2} is shown"));
    }

    private static (Script Script, Random Random) Random(int seed)
    {
        var random = new Random(seed);
        return (RandomScript.Of(random), random);
    }

    [GeneratedRegex(@"^ +(?<from>[A-Z]\w+) --> (?<to>[A-Z]\w+)", RegexOptions.Multiline)]
    private static partial Regex Edge();
}
