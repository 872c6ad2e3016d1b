using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Unarr.Pipelines.Hosting;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Client.Strangers;

/// <summary>Named clients in a host.</summary>
public class HostedTests
{
    private static HostApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        return builder;
    }

    [Fact]
    public async Task Host_follows_prices_and_asks_with_a_key()
    {
        string? key = null;
        var asked = new TaskCompletionSource();
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            if (context.Request.Path == "/v1/ask")
            {
                key = context.Request.Headers.Authorization;
                await EventServer.SendAsync(context, "data: because\n\ndata: [DONE]\n\n");
                asked.TrySetResult();
            }
            else
            {
                await EventServer.SendAsync(context, "data: {\"symbol\":\"ACME\",\"value\":101}\n\n");
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        HostApplicationBuilder builder = Builder(
            ("Prices:Uri", $"{server.Url}events"),
            ("Prices:IdleTimeout", "00:00:40"),
            ("Model:Uri", $"{server.Url}v1/"),
            ("Model:EndMarker", "[DONE]"));
        builder.Services.AddSseClient("prices", builder.Configuration.GetSection("Prices"));
        builder.Services.AddSseClient("model", builder.Configuration.GetSection("Model")).HttpClient.AddHttpMessageHandler<ModelKey>();
        builder.Services.AddTransient<ModelKey>();
        builder.Services.AddSingleton<PriceFollower>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PriceFollower>());
        builder.Services.ConfigureHttpClientDefaults(defaults => defaults.AddHttpMessageHandler(() => new ForbiddenHandler()));
        using IHost host = builder.Build();
        await host.StartAsync();
        await Signal.Of(asked.Task, "the question");
        await host.StopAsync();
        Assert.Equal("Bearer model-key", key);
    }

    [Theory]
    [InlineData("MaxAttempts", "0", "Stream:MaxAttempts must be at least 1.")]
    [InlineData("Uri", "ftp://host/", "Stream:Uri must be an absolute address of http or https.")]
    [InlineData("EndMarker", " ", "Stream:EndMarker must hold more than white space, and no line end.")]
    public async Task Bad_value_is_named_by_its_key_at_the_start(string key, string value, string message)
    {
        HostApplicationBuilder builder = Builder(($"Stream:{key}", value));
        builder.Services.AddSseClient("stream", builder.Configuration.GetSection("Stream"));
        using IHost host = builder.Build();
        OptionsValidationException failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal([message], failure.Failures);
    }

    [Fact]
    public void Options_that_are_not_in_the_section_keep_their_defaults()
    {
        HostApplicationBuilder builder = Builder(("Stream:Replay", "Always"), ("Stream:RememberedIds", "7"));
        builder.Services.AddSseClient("stream", builder.Configuration.GetSection("Stream"));
        using IHost host = builder.Build();
        SseClientOptions options = host.Services.GetRequiredService<IOptionsMonitor<SseClientOptions>>().Get("stream");
        Assert.Equal((SseReplay.Always, 7, TimeSpan.FromSeconds(100)), (options.Replay, options.RememberedIds, options.ResponseTimeout));
        Assert.Null(options.ChosenResponseTimeout);
        Assert.Null(options.IdleTimeout);
    }

    [Fact]
    public void Unknown_name_missing_address_and_second_client_of_a_name_are_refused()
    {
        var services = new ServiceCollection();
        services.AddSseClient("one");
        Assert.Throws<InvalidOperationException>(() => services.AddSseClient("one"));
        using ServiceProvider provider = services.BuildServiceProvider();
        ISseClientFactory factory = provider.GetRequiredService<ISseClientFactory>();
        Assert.Throws<InvalidOperationException>(() => factory.CreateClient("two"));
        Assert.Throws<InvalidOperationException>(() => factory.CreateClient("one"));
        Assert.NotNull(factory.CreateClient("one", _ => null));
    }

    [Fact]
    public async Task Logs_metrics_and_activities_tell_what_happened()
    {
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            if (number == 1)
            {
                context.Response.StatusCode = 503;
            }
            else
            {
                await EventServer.SendAsync(context, "data: a\n\ndata: b\n\n");
            }
        });
        var logs = new Hosting.CapturedLogs();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(logs));
        services.AddSseClient("told", options => options.CloseAtEnd = true).HttpClient.ConfigureHttpClient(
            http => http.BaseAddress = server.Url);
        List<string> ends = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SseClientMetrics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (ends)
                {
                    string[] tags = ["sse.client.name", "sse.end", "sse.events"];
                    ends.Add(string.Join(' ', tags.Select(tag => activity.GetTagItem(tag))));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var sums = new Dictionary<string, double>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == SseClientMetrics.MeterName)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (sums)
            {
                sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + (tags[0].Value is "told" ? value : 0);
            }
        });
        meters.Start();
        using ServiceProvider provider = services.BuildServiceProvider();
        await using SseClient client = provider.GetRequiredService<ISseClientFactory>().CreateClient("told");
        Assert.Equal(["a", "b"], await client.ReadAllAsync().Select(item => item.Data).ToListAsync());

        Assert.Equal(["told busy 0", "told proper 2"], ends.Where(end => end.StartsWith("told", StringComparison.Ordinal)));
        Assert.Equal(
            (2, 1, 2, 18),
            (sums["unarr.sse.attempts"], sums["unarr.sse.reconnects"], sums["unarr.sse.events"], sums["unarr.sse.io"]));
        string[] lines = [.. logs.Lines];
        Assert.Contains(lines, line => line.Contains("Event stream told failed (busy)", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Event stream told is open (attempt 2)", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Event stream told is closed: EndOfStream", StringComparison.Ordinal));
    }

    private sealed class ModelKey : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new("Bearer", "model-key");
            return base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>As a resilience handler that a default puts around every client.</summary>
    private sealed class ForbiddenHandler : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("A default handler is around the stream.");
    }
}
