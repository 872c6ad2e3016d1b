namespace Unarr.Pipelines.Sse;

/// <summary>Decides what follows the end of an attempt: the rows of the table of rules.</summary>
internal static class Verdicts
{
    /// <summary>Returns what follows. The first row that fits counts.</summary>
    /// <param name="end">How the attempt ended.</param>
    /// <param name="strict">Whether the standard's rules are kept.</param>
    /// <param name="closeAtEnd">Whether a proper end closes the client.</param>
    public static Verdict Of(AttemptEnd end, bool strict, bool closeAtEnd) => (end, strict) switch
    {
        (AttemptEnd.Marker or AttemptEnd.Json or AttemptEnd.NoContent, _) => Verdict.End,
        (AttemptEnd.Proper, _) when closeAtEnd => Verdict.End,
        (AttemptEnd.Dropped, _) => Verdict.AtOnce,
        (AttemptEnd.Proper or AttemptEnd.Cut or AttemptEnd.MarkerMissing or AttemptEnd.Silent, _) => Verdict.IfRepeatable,
        (AttemptEnd.NotConnected or AttemptEnd.NotTrusted, _) => Verdict.Again,
        (AttemptEnd.Broken, _) => Verdict.IfRepeatable,
        (AttemptEnd.NoAnswer or AttemptEnd.Unavailable, false) => Verdict.IfRepeatable,
        (AttemptEnd.Busy, false) => Verdict.Again,
        (AttemptEnd.Refused, false) => Verdict.Once,
        _ => Verdict.Fail,
    };
}
