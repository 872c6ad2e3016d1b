using System.Security.Claims;

namespace Unarr.Agents.Hub.Keys;

/// <summary>Who the holder of a key is, until the key is replaced or removed.</summary>
internal sealed class AgentKeyIdentity : ClaimsIdentity
{
    public const string AgentRole = "agent";
    public const string OperatorRole = "operator";

    private volatile bool _hasEnded;

    private AgentKeyIdentity(IEnumerable<Claim> claims, string scheme)
        : base(claims, scheme)
    {
    }

    /// <summary>Whether the key does not count any more.</summary>
    public bool HasEnded => _hasEnded;

    public static AgentKeyIdentity OfAgent(string id, string scheme) =>
        new([new Claim(ClaimTypes.Name, id), new Claim(ClaimTypes.Role, AgentRole)], scheme);

    /// <summary>An operator has no name here: the name is which agent makes a request.</summary>
    public static AgentKeyIdentity OfOperator(string scheme) => new([new Claim(ClaimTypes.Role, OperatorRole)], scheme);

    public void End() => _hasEnded = true;
}
