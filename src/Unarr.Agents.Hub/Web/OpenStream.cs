using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Web;

/// <summary>A stream that is being served, and what ends it from outside.</summary>
/// <param name="Agent">Whose it is.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Aborted">Ends it when the client has gone.</param>
/// <param name="Revoked">Ends it when the agent's access has ended.</param>
internal readonly record struct OpenStream(
    Agent Agent, AgentStream Stream, CancellationTokenRegistration Aborted, CancellationTokenRegistration Revoked);
