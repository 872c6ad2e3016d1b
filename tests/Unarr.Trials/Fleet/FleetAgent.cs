using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>An agent that has its stream on one node and syncs at another, and goes from node to node. It applies each id once.</summary>
internal sealed class FleetAgent(string id, IReadOnlyList<FleetProcess> nodes, HttpClient client, Random random, FleetRecord record)
{
    private static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<string> _applied = [];
    private readonly List<string> _unacknowledged = [];
    private TaskCompletionSource _due = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id => id;

    /// <summary>The ids in the order in which they were applied.</summary>
    public IReadOnlyList<string> Applied
    {
        get
        {
            lock (_gate)
            {
                return [.. _applied];
            }
        }
    }

    /// <summary>Answers of syncs other than 200, by nodes that were there.</summary>
    public int BadSyncs { get; private set; }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(StreamAsync(stop), SyncAsync(stop));

    private async Task StreamAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using CancellationTokenSource hop = CancellationTokenSource.CreateLinkedTokenSource(stop);
            hop.CancelAfter(TimeSpan.FromSeconds(3 + Next(8)));
            try
            {
                using HttpRequestMessage request = Request(HttpMethod.Get, "/api/internal/agent/events");
                using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, hop.Token);
                if (response.IsSuccessStatusCode)
                {
                    await ReadAsync(request, await response.Content.ReadAsStreamAsync(hop.Token), hop.Token);
                }
            }
            catch (Exception exception) when (
                exception is HttpRequestException or IOException or OperationCanceledException or SseException)
            {
                Assert.NotNull(exception);
            }

            await Task.Delay(100 + Next(400), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(HttpRequestMessage request, Stream stream, CancellationToken stop)
    {
        await using SseReader reader = new(stream, new SseReaderOptions { Dialect = SseDialect.Agent });
        while (await reader.WaitToReadAsync(stop))
        {
            while (reader.TryRead(out SseFrame frame))
            {
                if (frame.Kind == SseFrameKind.Event && Encoding.UTF8.GetString(frame.EventType) == "command")
                {
                    Take(request, JsonDocument.Parse(frame.GetText()).RootElement);
                }
            }
        }
    }

    private async Task SyncAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            string[] listed;
            Task due;
            lock (_gate)
            {
                _due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                due = _due.Task;
                listed = [.. _unacknowledged];
            }

            try
            {
                using HttpRequestMessage request = Request(HttpMethod.Post, "/api/internal/agent/sync");
                request.Content = new StringContent(
                    $$"""{"agentId":"{{id}}","appliedControls":[{{string.Join(',', listed.Select(control => $"\"{control}\""))}}]}""",
                    Encoding.UTF8, "application/json");
                using HttpResponseMessage response = await client.SendAsync(request, stop);
                BadSyncs += response.IsSuccessStatusCode ? 0 : 1;
                record.Note(id, $"sync at {request.RequestUri!.Port}, listed [{string.Join(' ', listed)}]: {(int)response.StatusCode}");
                if (response.IsSuccessStatusCode)
                {
                    JsonElement answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(stop)).RootElement;
                    Take(request, answer);
                    Acknowledge(listed, answer);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                record.Note(id, $"sync, listed [{string.Join(' ', listed)}]: {exception.GetType().Name}");
            }

            await due.WaitAsync(SyncEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Acknowledge(string[] listed, JsonElement answer)
    {
        if (answer.TryGetProperty("acknowledged", out JsonElement acknowledged) && !acknowledged.GetBoolean())
        {
            record.Note(id, "not acknowledged");
        }
        else
        {
            lock (_gate)
            {
                _unacknowledged.RemoveAll(listed.Contains);
            }
        }
    }

    private void Take(HttpRequestMessage request, JsonElement message)
    {
        lock (_gate)
        {
            foreach (JsonElement control in message.GetProperty("controls").EnumerateArray())
            {
                string controlId = control.GetProperty("id").GetString()!;
                record.Note(id, $"{controlId} came by {request.RequestUri!.PathAndQuery[^6..]} of {request.RequestUri.Port}");
                if (_known.Add(controlId))
                {
                    _applied.Add(controlId);
                    _unacknowledged.Add(controlId);
                    _due.TrySetResult();
                }
            }
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        FleetProcess[] there = [.. nodes.Where(node => node.IsRunning)];
        Uri node = there.Length > 0 ? there[Next(there.Length)].Address : nodes[0].Address;
        HttpRequestMessage request = new(method, new Uri(node, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningControlPlane.KeyOf(id));
        lock (_gate)
        {
            request.Headers.TryAddWithoutValidation("Unarr-After", _applied.Count > 0 ? _applied[^1] : "");
        }

        return request;
    }

    private int Next(int below)
    {
        lock (random)
        {
            return random.Next(below);
        }
    }
}
