using System.Diagnostics;
using System.Net;
using System.Text;
using Unarr.Pipelines.Bench.Load;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>A control plane in a process of its own, and an operator of it.</summary>
internal sealed class Node : IDisposable
{
    private readonly HttpClient _http = new() { DefaultRequestHeaders = { Authorization = new("Bearer", KeyFile.OperatorKey) } };
    private readonly long _begin = Stopwatch.GetTimestamp();

    /// <summary>Starts it.</summary>
    /// <param name="keys">The file with the keys.</param>
    /// <param name="store">The options that name its store.</param>
    public Node(string keys, IEnumerable<string> store) => Process = ChildProcess.OfAssembly(
        Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll"),
        ["serve", "--keys", keys, "--urls", "http://127.0.0.1:0", "--log-level", "Error", "--heartbeat", "1m", .. store]);

    public ChildProcess Process { get; }

    public Uri Origin => _http.BaseAddress!;

    /// <summary>Waits until it listens.</summary>
    /// <returns>How long that took, from its start.</returns>
    public async Task<TimeSpan> UntilListeningAsync()
    {
        _http.BaseAddress = new Uri((await Process.ReadAsync())["Listening on ".Length..]);
        return Stopwatch.GetElapsedTime(_begin);
    }

    /// <summary>Pushes to one agent.</summary>
    public Task PushAsync(int agent, string task) =>
        PostAsync($"/api/operator/agents/agent-{agent}/controls", $$"""{"action":"pause","taskId":"{{task}}"}""");

    /// <summary>Pushes to many agents in one request.</summary>
    public Task PushAsync(IEnumerable<int> agents, string task)
    {
        string ids = string.Join(',', agents.Select(static agent => $"\"agent-{agent}\""));
        return PostAsync("/api/operator/controls", $$"""{"agents":[{{ids}}],"controls":[{"action":"pause","taskId":"{{task}}"}]}""");
    }

    public void Dispose()
    {
        _http.Dispose();
        Process.Dispose();
    }

    private async Task PostAsync(string path, string json)
    {
        using StringContent body = new(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _http.PostAsync(path, body);
        if (answer.StatusCode != HttpStatusCode.Accepted)
        {
            string why = await answer.Content.ReadAsStringAsync();
            throw new InvalidOperationException($"A push was answered {answer.StatusCode}: {why[..Math.Min(why.Length, 200)]}");
        }
    }
}
