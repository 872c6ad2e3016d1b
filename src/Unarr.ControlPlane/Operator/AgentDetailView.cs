
namespace Unarr.ControlPlane.Operator;

/// <summary>An agent with its controls.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Pending">Its pending controls, in order.</param>
/// <param name="Settled">Those that ended last, oldest first.</param>
internal sealed record AgentDetailView(AgentView Agent, IReadOnlyList<ControlView> Pending, IReadOnlyList<ControlView> Settled);
