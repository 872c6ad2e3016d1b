namespace Unarr.Agents.Hub.Nats;

/// <summary>The names of a fleet's buckets, streams and subjects.</summary>
/// <param name="prefix">What they begin with.</param>
internal sealed class NatsNames(string prefix)
{
    public string Pending { get; } = $"{prefix}_pending";

    public string Nodes { get; } = $"{prefix}_nodes";

    public string Known { get; } = $"{prefix}_known";

    public string Flags { get; } = $"{prefix}_flags";

    public string Sessions { get; } = $"{prefix}_sessions";

    /// <summary>The stream of ended controls.</summary>
    public string Ended { get; } = $"{prefix}_ended";

    /// <summary>The core subject of the list of agents.</summary>
    public string List { get; } = $"{prefix}.list";

    public string AllWakes { get; } = $"{prefix}.wake.*";

    public string AllEnded { get; } = $"{prefix}.ended.*";

    public string Wake(string key) => $"{prefix}.wake.{key}";

    public string EndedOf(string key) => $"{prefix}.ended.{key}";

    public static string StreamOf(string bucket) => $"KV_{bucket}";

    public static string SubjectOf(string bucket, string key) => $"$KV.{bucket}.{key}";
}
