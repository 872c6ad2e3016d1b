using System.Diagnostics.CodeAnalysis;

namespace Unarr.Agents.Hub.Handling;

/// <summary>Which handler the application has, and what of it does anything: what is not overridden is not called.</summary>
internal sealed class HandlerRegistration
{
    public Type? Type { get; private set; }

    public bool NamesAgents { get; private set; }

    public bool KnowsAgents { get; private set; }

    public bool HearsConnections { get; private set; }

    public bool HearsSyncs { get; private set; }

    public bool HearsEnds { get; private set; }

    public void Use([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type type)
    {
        Type = type;
        NamesAgents = Overrides(type, nameof(AgentHubHandler.GetAgentId));
        KnowsAgents = Overrides(type, nameof(AgentHubHandler.ExistsAsync));
        HearsConnections = Overrides(type, nameof(AgentHubHandler.OnConnectedAsync))
            || Overrides(type, nameof(AgentHubHandler.OnDisconnectedAsync));
        HearsSyncs = Overrides(type, nameof(AgentHubHandler.OnSyncAsync));
        HearsEnds = Overrides(type, nameof(AgentHubHandler.OnControlEndedAsync));
    }

    // A method of the same name that hides the base's is none of the base's either: its own overrides are looked for.
    private static bool Overrides(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type type, string name) =>
        type.GetMethods().Any(method =>
            method.Name == name && method.DeclaringType != typeof(AgentHubHandler)
            && method.GetBaseDefinition().DeclaringType == typeof(AgentHubHandler));
}
