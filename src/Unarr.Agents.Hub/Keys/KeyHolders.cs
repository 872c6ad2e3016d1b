using System.Security.Claims;

namespace Unarr.Agents.Hub.Keys;

/// <summary>The keys at one moment, and who their holders are: never one without the other.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Agents">The user of each agent that has asked since its key counts; made when it asks first.</param>
/// <param name="Operators">The user of each operator.</param>
internal sealed record KeyHolders(
    ApiKeys Keys,
    System.Collections.Concurrent.ConcurrentDictionary<string, ClaimsPrincipal> Agents,
    IReadOnlyDictionary<string, ClaimsPrincipal> Operators);
