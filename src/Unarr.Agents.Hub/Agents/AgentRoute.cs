namespace Unarr.Agents.Hub.Agents;

/// <summary>Over which routes an agent can be reached at once, as the control plane sees it.</summary>
[Flags]
internal enum AgentRoute
{
    /// <summary>Neither: what is pushed waits for the agent's next sync.</summary>
    None = 0,

    /// <summary>An event stream is open.</summary>
    Sse = 1,

    /// <summary>The agent polls.</summary>
    Poll = 2,
}
