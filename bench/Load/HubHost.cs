namespace Unarr.Pipelines.Bench.Load;

/// <summary>The program that the measured hub is in.</summary>
internal enum HubHost
{
    None = 0,

    /// <summary>The control plane.</summary>
    ControlPlane = 1,

    /// <summary>An application of somebody's own: <see cref="HubServer"/>.</summary>
    Application = 2,

    /// <summary>None: <see cref="BareServer"/>, the least that heartbeats and connections cost.</summary>
    Bare = 3,
}
