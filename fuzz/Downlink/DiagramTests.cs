using System.Text.RegularExpressions;
using Unarr.Pipelines.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The state diagram in docs/downlink.md shows every transition that the machine makes, and no other.</summary>
public sealed partial class DiagramTests
{
    private const int Scripts = 40_000;

    [Fact]
    public void Diagram_shows_the_transitions_that_are_made_and_no_other()
    {
        var made = new HashSet<(DownlinkState, DownlinkState)>();
        for (int seed = 0; seed < Scripts; seed++)
        {
            var random = new Random(seed);
            Script script = RandomScript.Of(random);
            DownlinkState before = DownlinkState.Connecting;
            foreach ((_, DownlinkStatus status) in new Simulation(script, new DownlinkOptions { AgentId = "a" }, random.NextDouble).Run().Reports)
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

    [GeneratedRegex(@"^ +(?<from>[A-Z]\w+) --> (?<to>[A-Z]\w+)", RegexOptions.Multiline)]
    private static partial Regex Edge();
}
