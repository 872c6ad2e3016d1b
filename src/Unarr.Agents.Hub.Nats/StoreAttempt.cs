namespace Unarr.Agents.Hub.Nats;

/// <summary>How one try to write a document went.</summary>
/// <param name="Stored">The document that is stored now; <see langword="null"/> where it is not, or not known to be.</param>
/// <param name="CurrentRevision">The revision that another write has brought; 0 where it is not known.</param>
/// <param name="IsUnknown">Whether no answer came: it may be stored or not.</param>
internal sealed record StoreAttempt(PendingDocument? Stored, ulong CurrentRevision = 0, bool IsUnknown = false)
{
    public static StoreAttempt Silent { get; } = new(null, IsUnknown: true);

    public static StoreAttempt Late(ulong revision) => new(null, revision);
}
