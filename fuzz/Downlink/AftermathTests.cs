using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What follows the end of a stream is what docs/downlink.md says, for every standing and every outcome.</summary>
public sealed class AftermathTests
{
    private static readonly string[] Header = ["the stream was", "the standing was", "and is now", "next attempt", "long-poll", "credit"];

    [Fact]
    public void Document_and_code_agree_for_every_standing_and_outcome()
    {
        string[][] rows = DocumentTable.Read(Header);
        var used = new HashSet<string[]>();
        foreach (Standing standing in Enum.GetValues<Standing>())
        {
            foreach (StreamOutcome outcome in Enum.GetValues<StreamOutcome>())
            {
                string[] row = rows.First(row => Fits(row, standing, outcome));
                used.Add(row);
                var expected = new Aftermath(
                    DocumentTable.Named<Standing>(row[2]),
                    DocumentTable.Named<AttemptRule>(row[3]),
                    DocumentTable.Named<PollWish>(row[4]),
                    DocumentTable.Named<PathCredit>(row[5]));

                Assert.Equal((standing, outcome, expected), (standing, outcome, Aftermaths.Of(standing, outcome)));
            }
        }

        Assert.Empty(rows.Except(used).Select(row => $"| {string.Join(" | ", row)} | is never used"));
    }

    [Fact]
    public void Document_explains_every_rule_and_every_credit()
    {
        Assert.Equal(
            Enum.GetValues<AttemptRule>().Order(),
            DocumentTable.Read("next attempt", "after").Select(row => DocumentTable.Named<AttemptRule>(row[0])).Order());
        Assert.Equal(
            Enum.GetValues<PathCredit>().Order(),
            DocumentTable.Read("credit", "what is held against the path").Select(row => DocumentTable.Named<PathCredit>(row[0])).Order());
    }

    private static bool Fits(string[] row, Standing standing, StreamOutcome outcome) =>
        row[0].Split(", ").Any(name => DocumentTable.Named<StreamOutcome>(name) == outcome)
        && (row[1] is "any" or "any other" || DocumentTable.Named<Standing>(row[1]) == standing);
}
