namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Which key a request was sent with, without the key itself, and what was known of accepted keys at that time.</summary>
/// <param name="Digest">The key's salted digest.</param>
/// <param name="Changes">How often the accepted key had changed.</param>
/// <param name="Restorations">How often a refused key had been accepted again.</param>
internal readonly record struct KeyStamp(UInt128 Digest, long Changes, long Restorations);
