namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>What a hostile server does.</summary>
/// <param name="Endpoints">On which endpoints: <c>events</c>, <c>wake</c>, <c>sync</c>.</param>
/// <param name="Outcome">What the exchange must end as, as <see cref="HostileClient.OutcomeAsync"/> names it.</param>
/// <param name="Script">What the server does.</param>
internal sealed record Attack(string[] Endpoints, string Outcome, Func<HostileExchange, Task> Script)
{
    /// <summary>Whether it sends much or for long, so that it is tried on a whole process, too.</summary>
    public bool IsHeavy { get; init; }

    /// <summary>How many requests one attempt may take.</summary>
    public int RequestsAnAttempt { get; init; } = 1;
}
