namespace Unarr.Agents.Hub.Nats;

/// <summary>A value of a small bucket.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="Value">The value; <see langword="null"/> where it was deleted.</param>
/// <param name="SeenAt">When it was seen here, as a timestamp of the stopwatch.</param>
internal sealed record BucketValue(ulong Revision, byte[]? Value, long SeenAt);
