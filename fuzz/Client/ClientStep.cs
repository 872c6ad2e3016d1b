using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Fuzz.Client;

/// <summary>What the world does next to a client: how its attempt goes, and what the caller wants.</summary>
public sealed record ClientStep(
    int End,
    bool IsRepeatable,
    bool IsNextRepeatable,
    bool IsDeclined,
    int Events,
    bool HasNewId,
    int RetryAfter,
    int Told,
    int Lived,
    int Wish)
{
    private static readonly AttemptEnd[] Ends = [.. Enum.GetValues<AttemptEnd>().Where(end => end != AttemptEnd.None)];

    internal AttemptEnd AttemptEnd => Ends[Index(End, Ends.Length)];

    /// <summary>Whether the attempt had opened before it ended.</summary>
    internal bool Opens => AttemptEnd is AttemptEnd.Proper or AttemptEnd.Marker or AttemptEnd.Json or AttemptEnd.Dropped or AttemptEnd.Cut
        or AttemptEnd.MarkerMissing or AttemptEnd.Silent or AttemptEnd.BoundPassed;

    internal bool BroughtEvents => Opens && Index(Events, 3) > 0;

    internal bool BroughtNewId => BroughtEvents && HasNewId;

    internal TimeSpan Asked => Index(RetryAfter, 3) == 0 ? TimeSpan.FromSeconds(Index(RetryAfter, 300)) : TimeSpan.Zero;

    internal TimeSpan? ToldTime => Opens && Index(Told, 3) == 0 ? TimeSpan.FromMilliseconds(Index(Told, 400_000)) : null;

    internal TimeSpan Life => TimeSpan.FromSeconds(Opens ? Index(Lived, 90) : 0);

    /// <summary>Whether the caller closes, now and then.</summary>
    internal bool Closes => Index(Wish, 40) == 0;

    internal bool Reconnects => Index(Wish, 5) == 1;

    private static int Index(int number, int count) => (int)((uint)number % (uint)count);
}
