namespace Unarr.Agent.Probing;

/// <summary>The verdict, and what speaks for it.</summary>
/// <param name="Verdict">What the path does.</param>
/// <param name="Cause">The likely cause, for people.</param>
/// <param name="Delay">By how much bytes came late, where that was seen.</param>
internal sealed record ProbeFinding(ProbeVerdict Verdict, string Cause, TimeSpan? Delay = null);
