using System.Diagnostics.Metrics;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Audit;
using Unarr.ControlPlane.Connections;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Operator;
using Unarr.ControlPlane.Page;
using Unarr.Pipelines.AspNetCore;
using IPNetwork = System.Net.IPNetwork;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Puts the web application together: nothing in it comes from the environment or from files nobody named.</summary>
internal static class ControlPlaneApplication
{
    public static WebApplication Build(ControlPlaneOptions options, ControlStore store)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls([.. options.Urls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = ConnectionPlaces.StrangerTime;
        });
        UseCertificate(builder.WebHost, options.Certificate);
        options.Logging?.Invoke(builder.Logging);
        ServerLog.Filter(builder.Logging);
        AddServices(builder.Services, options, store);

        WebApplication application = builder.Build();
        IServiceProvider provided = application.Services;
        provided.GetRequiredService<ILoggerFactory>().AddProvider(
            new ServerLog(provided.GetRequiredService<ILogger<ServerLog>>(), options.TimeProvider));
        application.UseMiddleware(application.Services, options.TrustedProxies);
        return application;
    }

    private static void UseCertificate(IWebHostBuilder host, Func<SslStreamCertificateContext>? certificate)
    {
        if (certificate is null)
        {
            return;
        }

        host.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            // A place is one request's at a time, as over plain http.
            kestrel.ConfigureEndpointDefaults(static listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ServerCertificateSelector = (_, _) => certificate().TargetCertificate;
                https.OnAuthenticate = (_, ssl) =>
                {
                    // The selector's certificate would go out without those between it and the root.
                    ssl.ServerCertificateSelectionCallback = null;
                    ssl.ServerCertificateContext = certificate();
                };
            });
        });
    }

    private static void AddServices(IServiceCollection services, ControlPlaneOptions options, ControlStore store)
    {
        services.AddRoutingCore();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        services.AddSingleton<IHostLifetime, NoSignals>();
        services.AddSingleton(options.TimeProvider);
        AgentHubBuilder hub = services.AddAgentHub(hub => Configure(hub, options)).UseHandler<ControlPlaneAgents>();
        _ = options.Nats is { } nats ? hub.UseNats(nats.Servers, nats.Configure) : hub.UseStore(store);
        services.AddSingleton(provider => new AgentKeyRing(
            options.Keys, provider.GetRequiredService<AgentDirectory>(), "keys", isComplete: static () => true));
        services.AddSingleton<IKnownAgents>(provider => provider.GetRequiredService<AgentKeyRing>());
        services.AddSingleton<KeyRing>();
        services.AddSingleton(Configure(new AgentHubOptions(), options));
        services.AddSingleton<RefusedRequests>();
        services.AddSingleton(provider => new ConnectionPlaces(
            options.MaxConnections, options.TimeProvider, provider.GetRequiredService<ILogger<ConnectionPlaces>>()));
        services.AddOptions<SocketTransportOptions>()
            .Configure<ConnectionPlaces>(static (sockets, places) => sockets.Backlog = places.Backlog);
        services.AddSingleton<IConnectionListenerFactory, BoundedTransport>();
        services.AddSingleton<AgentBoard>();
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton(static provider => new OperatorEndpoints(
            provider.GetRequiredService<AgentHub>(), provider.GetRequiredService<AgentBoard>(),
            provider.GetRequiredService<OperatorAccess>(), provider.GetRequiredService<OperatorAudit>(),
            provider.GetRequiredService<AgentRoute>(), provider.GetRequiredService<KeyRing>(), provider.GetService<Fleet>()));
        services.AddSingleton<AgentRoute>();
        services.AddSingleton(new ServerStart(options.TimeProvider));
        services.AddSingleton<PushBoard>();
        services.AddSingleton<PushEndpoints>();
        services.AddSingleton<WithdrawEndpoints>();
        services.AddSingleton<HistoryEndpoints>();
        services.AddSingleton(static provider => new OperatorSessions(
            provider.GetRequiredService<KeyRing>(), provider.GetRequiredService<AgentDirectory>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetService<Fleet>()));
        services.AddSingleton<OperatorAccess>();
        services.AddSingleton(provider => new AuditLog(
            options.Audit, provider.GetRequiredService<IMeterFactory>(), options.TimeProvider,
            provider.GetRequiredService<ILogger<AuditLog>>()));
        services.AddSingleton<OperatorAudit>();
        services.AddSingleton<AuditEndpoint>();
        services.AddSingleton<SignInBrake>();
        services.AddSingleton<HeaderKeyBrake>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<OperatorStreamEndpoint>();
        services.Configure<SseResultOptions>(stream => stream.Heartbeat = options.Heartbeat);
    }

    private static AgentHubOptions Configure(AgentHubOptions hub, ControlPlaneOptions options)
    {
        hub.Heartbeat = options.Heartbeat;
        hub.WakeHold = options.WakeHold;
        hub.MaxPendingControls = options.QueueLimit;
        hub.MaxEndedControls = options.History;
        hub.MaxSyncBytes = options.MaxBodyBytes;
        hub.DrainTime = options.Drain;
        return hub;
    }

    private static void UseMiddleware(
        this WebApplication application, IServiceProvider services, IReadOnlyList<IPNetwork> trustedProxies)
    {
        if (trustedProxies.Count > 0)
        {
            application.UseForwardedHeaders(Forwarded(trustedProxies));
        }

        HeaderKeyBrake brake = services.GetRequiredService<HeaderKeyBrake>();
        RequestErrors errors = services.GetRequiredService<RequestErrors>();
        services.GetRequiredService<RefusedRequests>();
        KeyRing keys = services.GetRequiredService<KeyRing>();
        services.GetService<Fleet>()?.KeyDigest = () => keys.Current.Digests;
        application.Use(next => context => brake.InvokeAsync(context, next));
        application.Use(next => context => RoutingErrors.InvokeAsync(context, errors, next));
        application.UseRouting();
        application.MapAgentHub();
        services.GetRequiredService<HealthEndpoint>().Map(application);
        services.GetRequiredService<OperatorEndpoints>().Map(application);
        services.GetRequiredService<PushEndpoints>().Map(application);
        services.GetRequiredService<WithdrawEndpoints>().Map(application);
        services.GetRequiredService<HistoryEndpoints>().Map(application);
        services.GetRequiredService<OperatorStreamEndpoint>().Map(application);
        services.GetRequiredService<SessionEndpoints>().Map(application);
        services.GetRequiredService<AuditEndpoint>().Map(application);
        PageEndpoints.Map(application);
    }

    private static ForwardedHeadersOptions Forwarded(IReadOnlyList<IPNetwork> trustedProxies)
    {
        ForwardedHeadersOptions options = new()
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (IPNetwork proxy in trustedProxies)
        {
            options.KnownIPNetworks.Add(proxy);
        }

        return options;
    }
}
