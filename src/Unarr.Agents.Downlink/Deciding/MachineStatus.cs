namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What a machine reports of itself.</summary>
/// <param name="Route">The routes that are open.</param>
/// <param name="State">What it does.</param>
/// <param name="Mirror">The mirror that serves the stream; <see langword="null"/> while none does.</param>
/// <param name="Reason">Why it came to this, for people.</param>
internal sealed record MachineStatus(DownlinkRoutes Route, DownlinkState State, Uri? Mirror, string Reason);
