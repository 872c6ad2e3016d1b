using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>A client on a scripted network in virtual time.</summary>
internal sealed class ClientHarness : IDisposable
{
    /// <summary>The API key, which no text may ever show.</summary>
    public const string Key = "sk-test-KEY-0123456789-abcdefghij";

    private readonly HttpClient _http;

    public ClientHarness(params string[] mirrors)
    {
        Mirrors = new MirrorPool(mirrors.Length > 0 ? mirrors : ["https://a.example"], timeProvider: Time);
        _http = new HttpClient(Server) { Timeout = Timeout.InfiniteTimeSpan };
        Client = new ControlPlaneClient(_http, Mirrors,
            new ControlPlaneClientOptions { ApiKey = cancellationToken => KeyAsync(cancellationToken), TimeProvider = Time });
    }

    public ScriptedServer Server { get; } = new();

    public ObservedTime Time { get; } = new();

    public MirrorPool Mirrors { get; }

    public ControlPlaneClient Client { get; }

    public Func<CancellationToken, ValueTask<string>> KeyAsync { get; set; } = _ => ValueTask.FromResult(Key);

    public static SyncRequest Request => new() { AgentId = "agent" };

    /// <summary>Starts an exchange with the named endpoint.</summary>
    public Task BeginAsync(string endpoint, CancellationToken cancellationToken = default) => endpoint switch
    {
        "events" => Client.OpenEventStreamAsync(cancellationToken),
        "wake" => Client.WaitForWakeAsync(cancellationToken),
        _ => Client.SyncAsync(Request, cancellationToken),
    };

    public Task<ScriptedRequest> NextAsync(string endpoint) => endpoint switch
    {
        "events" => Server.EventsAsync(),
        "wake" => Server.WakeAsync(),
        _ => Server.SyncAsync(),
    };

    /// <summary>How an exchange fails when its request is answered so.</summary>
    public async Task<ControlPlaneException> FailureAsync(
        string endpoint, HttpStatusCode status, string body, string type = "text/plain", params (string Name, string Value)[] headers)
    {
        Task exchange = BeginAsync(endpoint);
        ScriptedRequest request = await NextAsync(endpoint);
        request.Answer(status, body, type, headers);
        return await FailureOf(exchange);
    }

    /// <summary>The exchange's failure; nothing is left open and no text of it shows the key.</summary>
    public async Task<ControlPlaneException> FailureOf(Task exchange)
    {
        ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(() => Signal.Of(exchange, "the exchange's end"));
        Assert.DoesNotContain(Key, failure.ToString(), StringComparison.Ordinal);
        AssertNothingIsLeft();
        return failure;
    }

    public void AssertNothingIsLeft()
    {
        Assert.Equal(0, Time.LiveTimers);
        Assert.All(Server.Responses, response => Assert.True(response.IsDisposed, "a response was not given back"));
    }

    public void Dispose()
    {
        AssertNothingIsLeft();
        _http.Dispose();
        Server.Dispose();
    }
}
