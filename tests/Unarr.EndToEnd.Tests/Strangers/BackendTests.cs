using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Hub;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>The backend of somebody else as a process, with a real agent and an operator.</summary>
public sealed class BackendTests : IAsyncLifetime, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-backend-");
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(120));
    private readonly HttpClient _operator = new();
    private Process? _backend;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "keys.json"), """{"operator":"op","agents":{"agent-7":"key-7","agent-8":"key-8"}}""");
        _operator.BaseAddress = await StartAsync();
        _operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "op");
    }

    public async Task DisposeAsync()
    {
        if (_backend is not null)
        {
            _backend.Kill(entireProcessTree: true);
            await _backend.WaitForExitAsync();
        }

        _folder.Delete(recursive: true);
    }

    public void Dispose()
    {
        _operator.Dispose();
        _deadline.Dispose();
        _backend?.Dispose();
    }

    [Fact]
    public async Task Agent_and_operator_meet_at_the_backend()
    {
        Assert.Equal("Healthy", await _operator.GetStringAsync("/health", _deadline.Token));
        await using AgentEvents jobs = await OpenAsync("/agents/jobs");
        await using AgentEvents live = await OpenAsync("/agents/live");
        using CancellationTokenSource stop = new();
        JobAgent agent = new();
        AgentDownlink downlink = new(
            new DownlinkOptions { Servers = [_operator.BaseAddress!], AgentId = "agent-7", AllowInsecureHttp = true },
            agent, new DownlinkServices { GetApiKey = _ => ValueTask.FromResult("key-7") });
        Task running = downlink.RunAsync(stop.Token);

        // The page's stream shows the agent as it connects.
        string? change;
        do
        {
            change = await live.NextAsync();
        }
        while (change is null || !change.Contains("\"routes\":\"Stream\"", StringComparison.Ordinal));
        Assert.StartsWith("message {", change, StringComparison.Ordinal);

        using HttpResponseMessage put = await _operator.PutAsJsonAsync(
            "/agents/agent-7/limit", new Limit(1000), AppJson.Default.Limit, _deadline.Token);
        Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);
        Assert.Equal("set-limit 1000", await agent.Heard.Reader.ReadAsync(_deadline.Token));
        Assert.Equal("control \"agent-7: set-limit Applied\"", await EventAsync(jobs));

        using HttpResponseMessage unknown = await _operator.PutAsJsonAsync(
            "/agents/nobody/limit", new Limit(1000), AppJson.Default.Limit, _deadline.Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using HttpResponseMessage sent = await _operator.PostAsync("/agents/agent-7/refresh", content: null, _deadline.Token);
        Assert.Equal("true", await sent.Content.ReadAsStringAsync(_deadline.Token));

        using JsonDocument agents = JsonDocument.Parse(await _operator.GetStringAsync("/agents/", _deadline.Token));
        Assert.Equal(["agent-7", "agent-8"], agents.RootElement.EnumerateArray().Select(row => row.GetProperty("id").GetString()));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Sync_carries_the_application_s_members_both_ways()
    {
        using HttpRequestMessage sync = new(HttpMethod.Post, "/api/internal/agent/sync")
        {
            Content = new StringContent("""{"agentId":"agent-7","running":3}""", Encoding.UTF8, "application/json"),
        };
        sync.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "key-7");
        using HttpResponseMessage answer = await _operator.SendAsync(sync, _deadline.Token);
        Assert.Equal("""{"controls":[],"watching":false,"motto":"no haste"}""", await answer.Content.ReadAsStringAsync(_deadline.Token));
    }

    [Theory]
    [InlineData("/agents/", null, 401)]
    [InlineData("/agents/", "key-7", 403)]
    [InlineData("/api/internal/agent/wake", null, 401)]
    [InlineData("/api/internal/agent/wake", "op", 403)]
    [InlineData("/", null, 200)]
    public async Task Each_key_opens_its_own_doors(string path, string? key, int status)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using HttpClient client = new() { BaseAddress = _operator.BaseAddress };
        using HttpResponseMessage response = await client.SendAsync(request, _deadline.Token);
        Assert.Equal(status, (int)response.StatusCode);
    }

    private async Task<Uri> StartAsync()
    {
        ProcessStartInfo start = new(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Backend.dll"), "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
        };
        _backend = Process.Start(start)!;
        const string Listening = "Now listening on: ";
        while (await _backend.StandardOutput.ReadLineAsync(_deadline.Token) is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and int at)
            {
                _ = _backend.StandardOutput.ReadToEndAsync();
                return new Uri(line[(at + Listening.Length)..]);
            }
        }

        throw new InvalidOperationException("The backend ended before it listened.");
    }

    private async Task<AgentEvents> OpenAsync(string path) => await AgentEvents.OverAsync(
        await _operator.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, _deadline.Token), _deadline.Token);

    private static async Task<string?> EventAsync(AgentEvents events)
    {
        string? frame;
        do
        {
            frame = await events.NextAsync();
        }
        while (frame?.StartsWith(':') == true);
        return frame;
    }

    private sealed class JobAgent : DownlinkHandler
    {
        public Channel<string> Heard { get; } = Channel.CreateUnbounded<string>();

        public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
        {
            Heard.Writer.TryWrite($"{control.Action} {control.ReadParameters(AppJson.Default.Limit).BytesPerSecond}");
            return ValueTask.CompletedTask;
        }

        public override ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken)
        {
            request.Write(new Report(1), AppJson.Default.Report);
            return ValueTask.CompletedTask;
        }
    }
}
