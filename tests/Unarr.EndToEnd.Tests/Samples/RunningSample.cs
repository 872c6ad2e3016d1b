using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Samples;

/// <summary>The sample <c>OwnBackend</c>, started as its reader starts it, and an operator's client of it.</summary>
public sealed class RunningSample : IAsyncLifetime, IDisposable
{
    private const string Page = "The page: ";

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("unarr-sample-");
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private Process _process = null!;
    private Task<string> _rest = null!;

    /// <summary>The page's address, with its key.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The files that the sample has in its temporary folder now.</summary>
    public IEnumerable<string> Files => _temporary.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.Name);

    public async Task InitializeAsync()
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "OwnBackend.dll")])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _temporary.FullName,
            Environment = { ["TMPDIR"] = _temporary.FullName },
        })!;
        string? line;
        do
        {
            line = await _process.StandardOutput.ReadLineAsync(_deadline.Token);
            Assert.NotNull(line);
        }
        while (!line.StartsWith(Page, StringComparison.Ordinal));

        Address = new Uri(line[Page.Length..]);
        _client.BaseAddress = Address;
        _client.DefaultRequestHeaders.Authorization = new("Bearer", Address.Fragment["#key=".Length..]);
        _rest = _process.StandardOutput.ReadToEndAsync(_deadline.Token);
    }

    internal async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.SendAsync(request, _deadline.Token);
        string text = await response.Content.ReadAsStringAsync(_deadline.Token);
        JsonElement json = text.StartsWith('{') || text.StartsWith('[') ? JsonDocument.Parse(text).RootElement : default;
        return new Answer((int)response.StatusCode, response.Headers, json);
    }

    internal async Task<AgentEvents> FollowAsync()
    {
        HttpResponseMessage response = await _client.GetAsync(
            "desk/live", HttpCompletionOption.ResponseHeadersRead, _deadline.Token);
        response.EnsureSuccessStatusCode();
        return await AgentEvents.OverAsync(response, _deadline.Token);
    }

    /// <summary>Waits until the agent can be reached.</summary>
    public async Task UntilConnectedAsync()
    {
        await using AgentEvents live = await FollowAsync();
        Answer agents = await SendAsync(HttpMethod.Get, "desk/agents");
        if (!agents.Json.EnumerateArray().Any(agent => agent.GetProperty("isConnected").GetBoolean()))
        {
            await UntilAsync(live, "agent", agent => agent.GetProperty("isConnected").GetBoolean());
        }
    }

    /// <summary>Reads the page's stream up to an event.</summary>
    internal static async Task<JsonElement> UntilAsync(AgentEvents live, string type, Func<JsonElement, bool> isIt)
    {
        while (true)
        {
            string? frame = await live.NextAsync();
            Assert.NotNull(frame);
            if (frame.StartsWith($"{type} ", StringComparison.Ordinal)
                && JsonDocument.Parse(frame[(type.Length + 1)..]).RootElement is var data && isIt(data))
            {
                return data;
            }
        }
    }

    /// <summary>Signals the process, and waits for its end.</summary>
    /// <returns>The exit code, and what the process has written since its start.</returns>
    public async Task<(int ExitCode, string Output)> EndAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(_deadline.Token);
        await _process.WaitForExitAsync(_deadline.Token);
        return (_process.ExitCode, await _rest);
    }

    public async Task DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        Dispose();
    }

    public void Dispose()
    {
        _process.Dispose();
        _client.Dispose();
        _deadline.Dispose();
        if (_temporary.Exists)
        {
            _temporary.Delete(recursive: true);
            _temporary.Refresh();
        }
    }
}
