using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Hosting;

/// <summary>Makes clients over the HTTP clients of the factory.</summary>
internal sealed class SseClientFactory(
    IHttpClientFactory httpClients,
    IOptionsMonitor<SseClientOptions> options,
    IOptionsMonitor<SseClientAddress> addresses,
    IEnumerable<SseClientRegistration> registrations,
    SseClientInstruments instruments,
    ILoggerFactory loggers,
    TimeProvider timeProvider) : ISseClientFactory
{
    private readonly Dictionary<string, SseClientRegistration> _registrations =
        registrations.ToDictionary(registration => registration.Name, StringComparer.Ordinal);

    public SseClient CreateClient(string name, Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>>? createRequest = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_registrations.TryGetValue(name, out SseClientRegistration? registration))
        {
            throw new InvalidOperationException($"No event stream client of the name '{name}' was added.");
        }

        HttpClient http = httpClients.CreateClient(registration.HttpClientName);
        Uri? uri = addresses.Get(name).Uri ?? http.BaseAddress;
        if (createRequest is null)
        {
            Uri address = uri ?? throw new InvalidOperationException(
                $"The event stream client '{name}' has no {nameof(Uri)}, and no request was given.");
            createRequest = (_, _) => new ValueTask<HttpRequestMessage?>(new HttpRequestMessage(HttpMethod.Get, address));
        }

        http.BaseAddress ??= uri;
        var telemetry = new SseClientTelemetry(name, instruments, loggers.CreateLogger<SseClient>());
        return new SseClient(http, createRequest, options.Get(name), timeProvider, telemetry, random: null);
    }
}
