namespace Unarr.Pipelines.Fuzz;

/// <summary>A stream of bytes without any grammar.</summary>
public sealed record RandomBytes(StreamCase Case);
