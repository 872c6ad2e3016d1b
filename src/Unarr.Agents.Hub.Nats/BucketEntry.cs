namespace Unarr.Agents.Hub.Nats;

/// <summary>One message of a bucket.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="Value">Its value; empty where the key was deleted.</param>
/// <param name="IsDeleted">Whether the key was deleted or purged.</param>
/// <param name="At">When the server stored it, by the server's clock.</param>
/// <param name="Headers">Reads a header; <see langword="null"/> where it has none of that name.</param>
internal readonly record struct BucketEntry(
    string Key, ulong Revision, byte[] Value, bool IsDeleted, DateTimeOffset At, Func<string, string?> Headers)
{
    public const string OperationHeader = "KV-Operation";

    public static bool IsDeletion(string? operation) => operation is "DEL" or "PURGE";
}
