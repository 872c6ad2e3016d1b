namespace Unarr.Agent.Probing;

/// <summary>What a probe has found out.</summary>
/// <param name="Finding">The verdict.</param>
/// <param name="Seen">The response that the verdict is about.</param>
/// <param name="WithPrelude">The same rhythm behind a comment of 2 KiB, where the server offers one.</param>
internal sealed record ProbeReport(ProbeFinding Finding, ProbeObservation Seen, ProbeObservation? WithPrelude = null)
{
    /// <summary>Whether the bytes came in a known rhythm: otherwise the verdict is inferred.</summary>
    public bool IsMeasured => Seen is { IsRhythm: true, IsEventStream: true };

    /// <summary>What to change, most likely first.</summary>
    public IReadOnlyList<string> Changes { get; } =
        Finding.Verdict != ProbeVerdict.Streams && WithPrelude is not null && ProbeJudge.Judge(WithPrelude).Verdict == ProbeVerdict.Streams
            ? [.. ProbeAdvice.For(Finding.Verdict, Seen), ProbeAdvice.Prelude]
            : ProbeAdvice.For(Finding.Verdict, Seen);
}
