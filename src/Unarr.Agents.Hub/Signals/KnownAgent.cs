namespace Unarr.Agents.Hub.Signals;

/// <summary>What is known of an agent also while no node has it.</summary>
/// <param name="ReportedId">The id that it reports.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Os">Its operating system.</param>
/// <param name="Arch">Its processor architecture.</param>
internal sealed record KnownAgent(string ReportedId, string Name, string Version, string Os, string Arch);
