using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Unarr.Agents.Downlink;
using Unarr.Samples.Observability;

if (args is not [string server, string keyFile])
{
    Console.Error.WriteLine("usage: Observability SERVER API-KEY-FILE");
    return 2;
}

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Services.AddAgentDownlink<PrintingHandler>(options =>
{
    options.Servers.Add(new Uri(server));
    options.ApiKeyFile = keyFile;
    options.AgentId = "agent-1";
});

// The two names are all that OpenTelemetry needs to know.
builder.Services.AddOpenTelemetry()
    .WithMetrics(metrics => metrics
        .AddMeter(DownlinkMetrics.MeterName)
        .AddConsoleExporter((_, reader) => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 10_000))
    .WithTracing(traces => traces.AddSource(DownlinkActivities.SourceName).AddConsoleExporter());

await builder.Build().RunAsync();
return 0;
