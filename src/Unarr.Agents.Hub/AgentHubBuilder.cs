using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Unarr.Agents.Hub.Handling;

namespace Unarr.Agents.Hub;

/// <summary>Goes on configuring the hub.</summary>
public sealed class AgentHubBuilder
{
    private readonly HandlerRegistration _handler;

    internal AgentHubBuilder(IServiceCollection services, HandlerRegistration handler)
    {
        Services = services;
        _handler = handler;
    }

    /// <summary>The services of the application.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Sets who hears of the agents. A later call replaces an earlier one.</summary>
    /// <typeparam name="THandler">The handler, a scoped service with what it needs from the services.</typeparam>
    public AgentHubBuilder UseHandler<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods)]
    THandler>()
        where THandler : AgentHubHandler
    {
        Services.TryAddScoped<THandler>();
        _handler.Use(typeof(THandler));
        return this;
    }

    /// <summary>Sets where controls are kept. A later call replaces an earlier one. Default: in memory.</summary>
    /// <param name="createStore">Makes the store; the services dispose it.</param>
    public AgentHubBuilder UseStore(Func<IServiceProvider, ControlStore> createStore)
    {
        ArgumentNullException.ThrowIfNull(createStore);
        Services.Replace(ServiceDescriptor.Singleton(createStore));
        return this;
    }

    /// <summary>Sets where controls are kept. A later call replaces an earlier one.</summary>
    /// <param name="store">The store; the caller disposes it after the host has stopped.</param>
    public AgentHubBuilder UseStore(ControlStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Services.Replace(ServiceDescriptor.Singleton(store));
        return this;
    }

    /// <summary>Sets how the nodes of the hub hear of each other. A later call replaces an earlier one. Default: there is
    /// one node.</summary>
    /// <param name="createSignals">Makes the signals; the services dispose them.</param>
    public AgentHubBuilder UseSignals(Func<IServiceProvider, AgentSignals> createSignals)
    {
        ArgumentNullException.ThrowIfNull(createSignals);
        Services.Replace(ServiceDescriptor.Singleton(createSignals));
        Services.AddOptions<HostOptions>().PostConfigure<IOptions<AgentHubOptions>>(LeaveTimeToDrain);
        return this;
    }

    /// <summary>"The host's shutdown time is that plus 5 s."</summary>
    private static void LeaveTimeToDrain(HostOptions host, IOptions<AgentHubOptions> hub)
    {
        TimeSpan least = hub.Value.DrainTime + TimeSpan.FromSeconds(5);
        host.ShutdownTimeout = host.ShutdownTimeout < least ? least : host.ShutdownTimeout;
    }
}
