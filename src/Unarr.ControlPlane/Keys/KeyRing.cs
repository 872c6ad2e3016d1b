using System.Security.Claims;
using Unarr.Agents.Hub.Keys;

namespace Unarr.ControlPlane.Keys;

/// <summary>The keys that count now, the operators' and the agents'.</summary>
internal sealed class KeyRing(AgentKeyRing agents)
{
    public ApiKeys Current => agents.Current;

    /// <summary>Replaces the keys. What was opened with a key that changes ends.</summary>
    public void Use(ApiKeys keys) => agents.Use(keys);

    /// <summary>The user of an operator: <see cref="ClaimTypes.Name"/> is the operator's name.</summary>
    /// <param name="name">The operator's name: <see cref="ApiKeys.FirstOperator"/>, or a member of the file's <c>operators</c>.</param>
    /// <param name="scheme">How the operator proved it: <c>key</c> or <c>session</c>.</param>
    public static ClaimsPrincipal UserOf(string name, string scheme) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, AgentKeyIdentity.OperatorRole)], scheme));
}
