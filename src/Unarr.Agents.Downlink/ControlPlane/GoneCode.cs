namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>"An answer whose error code says that the agent is gone": <c>agent_gone</c>, <c>agent_deleted</c>, <c>agent_not_found</c> or
/// <c>agent_revoked</c>, in any case, with <c>-</c> or <c>_</c>.</summary>
internal static class GoneCode
{
    private static readonly string[] Codes = ["agent_gone", "agent_deleted", "agent_not_found", "agent_revoked"];

    public static bool Is(string? code) => code is not null && Codes.Contains(code.Replace('-', '_'), StringComparer.OrdinalIgnoreCase);
}
