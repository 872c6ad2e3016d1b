namespace Unarr.Agents.Hub.Signals;

/// <summary>A node of the fleet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of its program.</param>
/// <param name="Agents">How many agents it can reach.</param>
/// <param name="Keys">The digest of its keys: nodes whose digests differ do not let the same agents in.</param>
/// <param name="IsSilent">Whether it has not reported for 15 s.</param>
/// <param name="Trouble">Why what it knows may be behind; <see langword="null"/> when it is not.</param>
internal sealed record NodeInfo(string Name, string Version, int Agents, string Keys, bool IsSilent, string? Trouble);
