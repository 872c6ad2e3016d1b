using Microsoft.AspNetCore.Authentication;

namespace Unarr.Agents.Hub.Keys;

/// <summary>The options of the keys' scheme: it has none of its own.</summary>
internal sealed class AgentKeysOptions : AuthenticationSchemeOptions;
