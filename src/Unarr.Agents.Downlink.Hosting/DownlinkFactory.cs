using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Unarr.Agents.Downlink.ControlPlane;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Puts the downlink together from what the services hold.</summary>
internal static class DownlinkFactory
{
    public static AgentDownlinkOptions OptionsOf(IServiceProvider services) => services.GetRequiredService<IOptions<AgentDownlinkOptions>>().Value;

    public static HybridDownlink Create(IServiceProvider services, IDownlinkHandler handler)
    {
        AgentDownlinkOptions options = OptionsOf(services);
        TimeProvider timeProvider = services.GetRequiredService<TimeProvider>();
        var client = new ControlPlaneClient(
            HttpClientOf(services, AgentDownlinkBuilder.RequestClientName),
            options.Mirrors(timeProvider),
            new ControlPlaneClientOptions
            {
                ApiKey = ApiKeyOf(services, options).GetApiKeyAsync,
                ConnectTimeout = options.ConnectTimeout,
                MaxLineBytes = options.MaxLineBytes,
                MaxEventBytes = options.MaxEventBytes,
                TimeProvider = timeProvider,
            },
            HttpClientOf(services, AgentDownlinkBuilder.StreamClientName));
        return new HybridDownlink(
            client,
            DownlinkOptionsOf(services, options, timeProvider),
            new ObservedHandler(handler, services.GetRequiredService<HealthRecord>()),
            services.GetRequiredService<ILogger<HybridDownlink>>());
    }

    /// <summary>Sets what the options say of HTTP; what the application configures comes after it.</summary>
    public static void Configure(HttpClient http, AgentDownlinkOptions options)
    {
        http.DefaultRequestVersion = options.HttpVersion == AgentDownlinkHttpVersion.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
    }

    private static HttpClient HttpClientOf(IServiceProvider services, string name)
    {
        HttpClient http = services.GetRequiredService<IHttpClientFactory>().CreateClient(name);
        // Each exchange has its own deadline, and a stream has no end.
        http.Timeout = Timeout.InfiniteTimeSpan;
        return http;
    }

    private static IApiKeyProvider ApiKeyOf(IServiceProvider services, AgentDownlinkOptions options) =>
        services.GetService<IApiKeyProvider>() ?? new ApiKeyFile(options.ApiKeyFile!, services.GetRequiredService<ILogger<ApiKeyFile>>());

    private static DownlinkOptions DownlinkOptionsOf(IServiceProvider services, AgentDownlinkOptions options, TimeProvider timeProvider)
    {
        // The host cuts what takes longer: the last sync's own end leaves time for the others.
        TimeSpan host = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout * 0.8;
        return new DownlinkOptions
        {
            AgentId = options.AgentId,
            Name = options.Name,
            Version = options.Version,
            Mode = options.Mode,
            Hedging = options.Hedging,
            LivenessTimeout = options.LivenessTimeout,
            ReconnectDelay = options.ReconnectDelay,
            MaxStreamFailures = options.MaxStreamFailures,
            FallbackWindow = options.FallbackWindow,
            PollRetryDelay = options.PollRetryDelay,
            FirstFrameGrace = options.FirstFrameGrace,
            SyncInterval = options.SyncInterval,
            SyncIntervalWatching = options.SyncIntervalWatching,
            ShutdownTimeout = host > TimeSpan.Zero && host < options.ShutdownTimeout ? host : options.ShutdownTimeout,
            StateFile = string.IsNullOrEmpty(options.StateFile) ? null : options.StateFile,
            TimeProvider = timeProvider,
            Metrics = services.GetRequiredService<DownlinkMetrics>(),
        };
    }
}
