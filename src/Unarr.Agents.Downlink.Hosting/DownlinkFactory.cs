using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Puts a downlink together from what the services hold.</summary>
internal static class DownlinkFactory
{
    /// <exception cref="OptionsValidationException">The options cannot be used.</exception>
    public static DownlinkOptions OptionsOf(IServiceProvider services, DownlinkRegistration registration) =>
        services.GetRequiredService<IOptionsMonitor<DownlinkOptions>>().Get(registration.OptionsName);

    public static AgentDownlink Create(IServiceProvider services, DownlinkRegistration registration, DownlinkHandler handler)
    {
        DownlinkOptions options = OptionsOf(services, registration).Copy();

        // The host cuts what takes longer: the last sync's own end leaves time for the others.
        TimeSpan host = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout * 0.8;
        options.ShutdownTimeout = host > TimeSpan.Zero && host < options.ShutdownTimeout ? host : options.ShutdownTimeout;
        return new AgentDownlink(options, handler, new DownlinkServices
        {
            GetApiKey = registration.ApiKey?.Invoke(services),
            StreamHttp = HttpClientOf(services, registration.StreamClientName),
            RequestHttp = HttpClientOf(services, registration.RequestClientName),
            SyncTrigger = registration.Get<SyncTrigger>(services),
            Client = registration.Get<DownlinkClient>(services),
            TimeProvider = services.GetRequiredService<TimeProvider>(),
            LoggerFactory = services.GetRequiredService<ILoggerFactory>(),
            MeterFactory = services.GetRequiredService<IMeterFactory>(),
        });
    }

    private static HttpClient HttpClientOf(IServiceProvider services, string name)
    {
        HttpClient http = services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

        // Each exchange has its own deadline, and a stream has no end.
        http.Timeout = Timeout.InfiniteTimeSpan;
        return http;
    }
}
