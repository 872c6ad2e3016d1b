using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Keys;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds authentication by a file of keys.</summary>
public static class AgentKeysAuthenticationBuilderExtensions
{
    /// <summary>Adds a scheme that authenticates by <c>Authorization: Bearer KEY</c>, with one key for each agent and one for the
    /// operator.</summary>
    /// <param name="builder">The application's authentication.</param>
    /// <param name="keyFile">
    /// The file: <c>{"operator":"KEY","agents":{"agent-1":"KEY",…}}</c>. It is read at the start, and again when it changes. What an agent
    /// has open with a key that is replaced or removed ends at once. A file that cannot be used is logged, and the keys in use stay.
    /// </param>
    /// <param name="scheme">The scheme's name.</param>
    /// <returns>The application's authentication.</returns>
    /// <remarks>An agent's user has its id as name and the role <c>agent</c>, the operator's has the role <c>operator</c> and no name.
    /// Where it is the only scheme, the agents of the hub are those that have a key.</remarks>
    public static AuthenticationBuilder AddAgentKeys(this AuthenticationBuilder builder, string keyFile, string scheme = "AgentKeys")
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(keyFile);
        IServiceCollection services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddKeyedSingleton(scheme, (_, _) => LoadedKeys.Read(keyFile));
        services.AddKeyedSingleton(scheme, (provider, _) => new AgentKeyRing(
            provider.GetRequiredKeyedService<LoadedKeys>(scheme).Keys, provider.GetService<AgentDirectory>(), scheme,
            () => IsOnlyScheme(provider)));
        services.AddSingleton<IKnownAgents>(provider => provider.GetRequiredKeyedService<AgentKeyRing>(scheme));
        services.AddSingleton<IHostedService>(provider =>
        {
            LoadedKeys loaded = provider.GetRequiredKeyedService<LoadedKeys>(scheme);
            return new AgentKeysService(
                provider.GetRequiredKeyedService<AgentKeyRing>(scheme), loaded.File, loaded.Content,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<KeyFileWatch>>());
        });
        return builder.AddScheme<AgentKeysOptions, AgentKeysHandler>(scheme, configureOptions: null);
    }

    private static bool IsOnlyScheme(IServiceProvider provider) => provider.GetRequiredService<IOptions<AuthenticationOptions>>().Value
        .Schemes.All(static scheme => scheme.HandlerType == typeof(AgentKeysHandler));
}
