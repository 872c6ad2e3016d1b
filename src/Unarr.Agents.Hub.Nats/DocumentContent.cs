namespace Unarr.Agents.Hub.Nats;

/// <summary>The controls in a document.</summary>
/// <param name="Pending">Those that are pending, in order.</param>
/// <param name="Ended">Those that ended and are not yet known to be in the stream of ended ones, oldest first.</param>
internal sealed record DocumentContent(IReadOnlyList<ControlRecord> Pending, IReadOnlyList<ControlRecord> Ended)
{
    public static DocumentContent Empty { get; } = new([], []);

    public bool IsEmpty => Pending.Count == 0 && Ended.Count == 0;
}
