using Microsoft.AspNetCore.Connections;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Connections;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Operator;
using Unarr.ControlPlane.Page;
using Unarr.Pipelines.AspNetCore;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Puts the web application together: nothing in it comes from the environment or from files nobody named.</summary>
internal static class ControlPlaneApplication
{
    public static WebApplication Build(ControlPlaneOptions options, IControlStore store)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls([.. options.Urls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = ConnectionPlaces.StrangerTime;
        });
        options.Logging?.Invoke(builder.Logging);
        ServerLog.Filter(builder.Logging);
        AddServices(builder.Services, options, store);

        WebApplication application = builder.Build();
        IServiceProvider provided = application.Services;
        provided.GetRequiredService<ILoggerFactory>().AddProvider(
            new ServerLog(provided.GetRequiredService<ILogger<ServerLog>>(), options.TimeProvider));
        application.UseMiddleware(application.Services);
        return application;
    }

    private static void AddServices(IServiceCollection services, ControlPlaneOptions options, IControlStore store)
    {
        services.AddRoutingCore();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        services.AddSingleton<IHostLifetime, NoSignals>();
        services.AddSingleton(
            new AgentHubOptions { Heartbeat = options.Heartbeat, WakeHold = options.WakeHold, QueueLimit = options.QueueLimit });
        services.AddSingleton(provider => new KeyRing(options.Keys, provider.GetRequiredService<AgentDirectory>()));
        services.AddSingleton<IControlStore>(provider => new WatchedControlStore(
            store, provider.GetRequiredService<ILogger<WatchedControlStore>>()));
        services.AddSingleton(_ => new AgentDirectory(options.Keys, options.Heartbeat, options.WakeHold, options.TimeProvider));
        services.AddSingleton(provider => new ControlDesk(
            provider.GetRequiredService<AgentDirectory>(), provider.GetRequiredService<IControlStore>(), options.QueueLimit,
            options.TimeProvider));
        services.AddSingleton(provider => new ConnectionPlaces(
            options.MaxConnections, options.TimeProvider, provider.GetRequiredService<ILogger<ConnectionPlaces>>()));
        services.AddSingleton<IConnectionListenerFactory, BoundedTransport>();
        services.AddSingleton<PeerFaults>();
        services.AddSingleton<AgentBoard>();
        services.AddSingleton<AgentEndpoints>();
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton<OperatorEndpoints>();
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton<OperatorSessions>();
        services.AddSingleton<OperatorAccess>();
        services.AddSingleton<SignInBrake>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<OperatorStreamEndpoint>();
        services.Configure<SseResultOptions>(stream => stream.Heartbeat = options.Heartbeat);
    }

    private static void UseMiddleware(this WebApplication application, IServiceProvider services)
    {
        ILogger<ErrorAnswers> logger = services.GetRequiredService<ILogger<ErrorAnswers>>();
        PeerFaults peerFaults = services.GetRequiredService<PeerFaults>();
        application.Use(next => context => ConnectionPlace.FollowAsync(context, next));
        application.Use(next => new ErrorAnswers(next, peerFaults, logger).InvokeAsync);
        application.UseRouting();
        services.GetRequiredService<HealthEndpoint>().Map(application);
        services.GetRequiredService<AgentEndpoints>().Map(application);
        services.GetRequiredService<OperatorEndpoints>().Map(application);
        services.GetRequiredService<OperatorStreamEndpoint>().Map(application);
        services.GetRequiredService<SessionEndpoints>().Map(application);
        PageEndpoints.Map(application);
        new ProbeEndpoint(services.GetRequiredService<AgentDirectory>(), services.GetRequiredService<TimeProvider>(),
            application.Lifetime.ApplicationStopping).Map(application);

        // Before the server stops accepting and waits for what is open: streams and polls would keep it waiting.
        AgentDirectory agents = services.GetRequiredService<AgentDirectory>();
        application.Lifetime.ApplicationStopping.Register(agents.Stop);
    }
}
