namespace Unarr.Agent.Probing;

/// <summary>One event of the known rhythm.</summary>
/// <param name="Sent">When the server wrote it, since it began its answer.</param>
/// <param name="Arrived">When it arrived, since the request was begun.</param>
internal readonly record struct ProbeStep(TimeSpan Sent, TimeSpan Arrived);
