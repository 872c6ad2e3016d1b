using System.Net.Sockets;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Unarr.Agents.Hub.Observing;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Hands out the process's metrics: on an address of its own to Prometheus, and to a collector where the environment names
/// one.</summary>
/// <remarks>It has to be there before what it measures: a gauge counts from the moment at which somebody listens.</remarks>
internal sealed class MetricsExport : IAsyncDisposable
{
    /// <summary>The one path that the address has.</summary>
    public const string MetricsPath = "/metrics";

    private const int MaxConnections = 64;

    // "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": OpenTelemetry Protocol Exporter, Configuration Options.
    private static readonly string[] CollectorVariables = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    // "OTEL_SDK_DISABLED": Environment Variable Specification, General SDK Configuration.
    private const string DisabledVariable = "OTEL_SDK_DISABLED";

    private readonly MeterProvider _provider;
    private readonly WebApplication? _application;

    private MetricsExport(MeterProvider provider, WebApplication? application) => (_provider, _application) = (provider, application);

    /// <summary>Where Prometheus asks; <see langword="null"/> where it cannot.</summary>
    public Uri? Address => _application is null ? null : new Uri(new Uri(_application.Urls.First()), MetricsPath);

    /// <summary>Starts what is asked for.</summary>
    /// <param name="address">Where to listen, as <c>127.0.0.1:9464</c>; <see langword="null"/> for nowhere.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns><see langword="null"/> when nothing is asked for.</returns>
    /// <exception cref="UsageException">It cannot listen there.</exception>
    public static async Task<MetricsExport?> StartAsync(
        string? address, Func<string, string?> environment, CancellationToken cancellationToken)
    {
        bool hasCollector = Array.Exists(CollectorVariables, name => !string.IsNullOrWhiteSpace(environment(name)))
            && !string.Equals(environment(DisabledVariable)?.Trim(), "true", StringComparison.OrdinalIgnoreCase);
        if (address is null && !hasCollector)
        {
            return null;
        }

        MeterProviderBuilder metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(static resource => resource.AddService("unarr-controlplane").AddEnvironmentVariableDetector())
            .AddMeter(HubInstruments.MeterName, "Unarr.Pipelines.AspNetCore", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel");
        metrics = hasCollector ? metrics.AddOtlpExporter() : metrics;
        metrics = address is null ? metrics : metrics.AddPrometheusExporter();
        MeterProvider provider = metrics.Build();
        return new MetricsExport(
            provider, address is null ? null : await ListenAsync(address, provider, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.StopAsync(CancellationToken.None).ConfigureAwait(false);
            await _application.DisposeAsync().ConfigureAwait(false);
        }

        _provider.Dispose();
    }

    private static async Task<WebApplication> ListenAsync(string address, MeterProvider provider, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{address}").ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        WebApplication application = builder.Build();
        application.UseOpenTelemetryPrometheusScrapingEndpoint(
            provider, static context => context.Request.Path == MetricsPath && HttpMethods.IsGet(context.Request.Method),
            path: null, configureBranchedPipeline: null, optionsName: null);
        application.Run(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return application;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new UsageException($"--metrics: {exception.Message}", exception);
        }
    }
}
