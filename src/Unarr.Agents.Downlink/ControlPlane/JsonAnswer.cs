namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>An answer's JSON, and the bytes that it was read from.</summary>
/// <param name="Value">What was read.</param>
/// <param name="Body">The bytes; the owner of the answer disposes them.</param>
internal readonly record struct JsonAnswer<T>(T Value, BoundedBody Body);
