namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>How an agent keeps its controls in order.</summary>
public enum AgentKind
{
    /// <summary>It says where it is, and acknowledges.</summary>
    After,

    /// <summary>It knows ids and acknowledges, and does not say where it is.</summary>
    Acknowledging,

    /// <summary>It knows no ids and applies whatever comes.</summary>
    Applying,
}
