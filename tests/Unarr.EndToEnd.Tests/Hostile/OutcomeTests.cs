namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Each attack on the client alone: one exchange, and what it ends as.</summary>
public class OutcomeTests
{
    public static TheoryData<string> AllAttacks => new(Attacks.Names);

    [Theory]
    [MemberData(nameof(AllAttacks))]
    public async Task Attack_ends_as_an_outcome_with_a_type(string name)
    {
        Attack attack = Attacks.Named(name);
        await using HostileServer server = new();
        server.Begin(attack);
        using HostileClient client = new(server.Address);
        foreach (string endpoint in attack.Endpoints)
        {
            Assert.Equal((endpoint, Expected(attack, endpoint)), (endpoint, await client.OutcomeAsync(endpoint)));
            Assert.Equal(attack.RequestsAnAttempt, server.Count(endpoint));
        }
    }

    /// <summary>A success without a body is no event stream, and no JSON either; nor is a page.</summary>
    private static string Expected(Attack attack, string endpoint) => (attack.Outcome, endpoint) switch
    {
        (HeaderAttacks.Foreign, "events") => "NotAnEventStream",
        (HeaderAttacks.Foreign or "HttpStatus 204" or "HttpStatus 205", not "events") => "InvalidPayload",
        _ => attack.Outcome,
    };
}
