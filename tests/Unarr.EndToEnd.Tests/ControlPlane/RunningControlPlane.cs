using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Keys;
using Unarr.ControlPlane.Hosting;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>A control plane on a free loopback port, in virtual time, and a plain HTTP client for it.</summary>
internal sealed class RunningControlPlane : IAsyncDisposable
{
    public const string OperatorKey = "operator-key";
    private const string AgentPath = "/api/internal/agent";
    private const string OperatorPath = "/api/operator/agents";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _deadline = new(Patience);
    private readonly HttpClient _client = new();

    private RunningControlPlane(ControlPlaneHost host, FakeTimeProvider time)
    {
        Host = host;
        Time = time;
    }

    public ControlPlaneHost Host { get; }

    public FakeTimeProvider Time { get; }

    /// <summary>Ends a test that would wait for ever.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>A test that has much to do has got on: what it waits for next has the whole time again.</summary>
    public void Renew() => _deadline.CancelAfter(Patience);

    public static string KeyOf(string agent) => $"key-of-{agent}";

    public static ApiKeys Keys(int agents) => new(
        OperatorKey,
        Enumerable.Range(1, agents).Select(i => string.Create(CultureInfo.InvariantCulture, $"a{i}")).ToDictionary(id => id, KeyOf));

    public static async Task<RunningControlPlane> StartAsync(
        int agents = 2, Func<ControlPlaneOptions, ControlPlaneOptions>? configure = null)
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        ControlPlaneOptions options = new() { Keys = Keys(agents), TimeProvider = time };
        ControlPlaneHost host = new(configure?.Invoke(options) ?? options);
        await host.StartAsync();
        return new RunningControlPlane(host, time);
    }

    /// <param name="agent">The agent.</param>
    /// <param name="after">The last control that it has taken in; <see langword="null"/> for one that does not say it.</param>
    /// <param name="relay">What to go through, if anything.</param>
    public async Task<AgentEvents> OpenStreamAsync(string agent, string? after = null, Uri? relay = null)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, $"{AgentPath}/events", KeyOf(agent), after);
        request.RequestUri = relay is null ? request.RequestUri : new Uri(relay, request.RequestUri!.PathAndQuery);
        HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline);
        return await AgentEvents.OverAsync(response, Deadline);
    }

    public Task<Answer> WakeAsync(string agent, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Get, $"{AgentPath}/wake", KeyOf(agent), cancellationToken: cancellationToken);

    public Task<Answer> SyncAsync(string agent, string? members = null, string? after = null) =>
        SendAsync(HttpMethod.Post, $"{AgentPath}/sync", KeyOf(agent), $$"""{"agentId":"{{agent}}","name":"n"{{members}}}""", after: after);

    public Task<Answer> OperatorAsync(HttpMethod method, string path, string? body = null) =>
        SendAsync(method, OperatorPath + path, OperatorKey, body);

    /// <summary>Pushes controls that must be accepted, and returns their ids.</summary>
    public async Task<string[]> PushAsync(string agent, string body)
    {
        Answer answer = await OperatorAsync(HttpMethod.Post, $"/{agent}/controls", body);
        Assert.Equal(202, answer.Status);
        return [.. answer.Json.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)];
    }

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? key, string? body = null,
        string? after = null, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(Deadline, cancellationToken);
        using HttpRequestMessage request = Request(method, path, key, after);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.SendAsync(request, either.Token);
        string text = await response.Content.ReadAsStringAsync(either.Token);
        return new Answer((int)response.StatusCode, response.Headers, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Asks for an answer that is not JSON, as the operator.</summary>
    public async Task<string> TextAsync(string path)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, path, OperatorKey);
        using HttpResponseMessage response = await _client.SendAsync(request, Deadline);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        return await response.Content.ReadAsStringAsync(Deadline);
    }

    /// <summary>Pushes under an idempotency key, as the operator.</summary>
    public async Task<JsonElement> PushWithKeyAsync(string path, string body, string idempotencyKey)
    {
        using HttpRequestMessage request = Request(HttpMethod.Post, path, OperatorKey);
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.SendAsync(request, Deadline);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Deadline)).RootElement;
    }

    public Task WaitForRouteAsync(string agent, string route) =>
        Host.WaitUntilAsync(agent, view => view.Agent.Route == route, Deadline);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _client.Dispose();
        _deadline.Dispose();
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? key, string? after = null)
    {
        HttpRequestMessage request = new(method, new Uri(Host.BaseAddress, path));
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        if (after is not null)
        {
            request.Headers.TryAddWithoutValidation("Unarr-After", after);
        }

        return request;
    }
}
