using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Unarr.EndToEnd.Tests.Crashes;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A real <c>unarr-controlplane serve</c> that can be killed and comes back where it was, its operator, and its agent.</summary>
internal sealed class ServedControlPlane : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-served-");
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(4));
    private readonly LoopbackPort _port = new();
    private readonly HttpClient _operator;
    private readonly string _heartbeat;
    private ServeProcess? _process;

    private ServedControlPlane(string heartbeat)
    {
        _heartbeat = heartbeat;
        _operator = new HttpClient
        {
            BaseAddress = Address,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", "operator-key") },
        };
        File.WriteAllText(InFolder("keys.json"), """{ "operator": "operator-key", "agents": { "a1": "agent-key" } }""");
    }

    public Uri Address => _port.Address;

    public static async Task<ServedControlPlane> StartAsync(string heartbeat = "1s")
    {
        ServedControlPlane controlPlane = new(heartbeat);
        await controlPlane.StartAsync();
        return controlPlane;
    }

    /// <summary>Starts its agent, on the way that the servers' addresses are.</summary>
    public static AgentProcess StartAgent(IEnumerable<Uri> servers, params string[] options) =>
        AgentProcess.Start("agent-key", servers, options);

    /// <summary>Ends it with SIGKILL and starts it again.</summary>
    /// <param name="ended">What is to have ended between the two.</param>
    public async Task RestartAsync(Task ended)
    {
        await _process!.KillAsync();
        await ended;
        await _process.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Pushes commands, each by itself.</summary>
    /// <returns>Their tasks.</returns>
    public async Task<string[]> PushAsync(int commands, string name = "t")
    {
        string[] tasks = [.. Enumerable.Range(0, commands).Select(command => $"{name}{command}")];
        foreach (string task in tasks)
        {
            await PushAsync(task);
        }

        return tasks;
    }

    /// <exception cref="HttpRequestException">It was not accepted, or nobody knows whether it was.</exception>
    public async Task PushAsync(string task)
    {
        using HttpResponseMessage response = await _operator.PostAsJsonAsync(
            "/api/operator/agents/a1/controls", new { action = "cancel", taskId = task }, _deadline.Token);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>How many commands the agent has not acknowledged.</summary>
    public async Task<int> PendingAsync()
    {
        JsonElement agent = await _operator.GetFromJsonAsync<JsonElement>("/api/operator/agents/a1", _deadline.Token);
        return agent.GetProperty("pending").GetArrayLength();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _operator.Dispose();
        _port.Dispose();
        _deadline.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync() => _process = await ServeProcess.StartAsync(
        InFolder("keys.json"), InFolder("store.db"), _deadline.Token, Address.GetLeftPart(UriPartial.Authority),
        "--heartbeat", _heartbeat, "--queue", "4096");

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
