using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Order;

/// <summary>An agent as those that are deployed: it knows no ids, acknowledges nothing, and applies what comes as it comes.</summary>
internal sealed class DeployedAgent(string id, Uri hub) : IModelAgent
{
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(300);

    private readonly HttpClient _http = new() { BaseAddress = hub, Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(1, 1);
    private readonly List<(int Control, bool Succeeded)> _applied = [];
    private Task _running = Task.CompletedTask;

    public string Id => id;

    public IReadOnlyCollection<int> Handled
    {
        get
        {
            lock (_applied)
            {
                return [.. _applied.Select(call => call.Control).Distinct()];
            }
        }
    }

    public void Start()
    {
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningControlPlane.KeyOf(id));
        _running = Task.WhenAll(StreamAsync(), SyncAsync());
    }

    public string? Fault()
    {
        lock (_applied)
        {
            return ModelVerdict.Of([_applied], doublesAtKills: false, doublesOfOneLife: true);
        }
    }

    /// <summary>It stays: one that forgets what it did is no model of anything.</summary>
    public Task KillAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _wanted.Dispose();
        _stop.Dispose();
    }

    private async Task StreamAsync()
    {
        while (true)
        {
            using HttpResponseMessage response = await _http.GetAsync(
                "api/internal/agent/events", HttpCompletionOption.ResponseHeadersRead, _stop.Token);
            await using SseReader frames = await SseReader.FromResponseAsync(
                response, new SseReaderOptions { Dialect = SseDialect.Agent }, _stop.Token);
            while (await frames.WaitToReadAsync(_stop.Token))
            {
                while (frames.TryRead(out SseFrame frame))
                {
                    if (frame.IsEvent("sync"u8))
                    {
                        Want();
                    }
                    else if (frame.IsEvent("command"u8))
                    {
                        Apply(JsonSerializer.Deserialize(frame.Data, ProtocolJson.ControlCommand)!.Controls);
                    }
                }
            }
        }
    }

    private async Task SyncAsync()
    {
        while (true)
        {
            await _wanted.WaitAsync(SyncInterval, _stop.Token);
            using var body = new StringContent($$"""{"agentId":"{{id}}"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await _http.PostAsync("api/internal/agent/sync", body, _stop.Token);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(_stop.Token);
            Apply(JsonSerializer.Deserialize(answer, ProtocolJson.SyncResponse)!.Controls);
        }
    }

    private void Want()
    {
        lock (_applied)
        {
            if (_wanted.CurrentCount == 0)
            {
                _wanted.Release();
            }
        }
    }

    private void Apply(IReadOnlyList<Control> controls)
    {
        lock (_applied)
        {
            _applied.AddRange(controls.Select(control => (int.Parse(control.TaskId, CultureInfo.InvariantCulture), true)));
        }
    }
}
