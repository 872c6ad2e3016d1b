using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Unarr.Guides;
using Xunit;

namespace Unarr.Pipelines.Tests.Documentation;

/// <summary>The two programs of <c>own-backend.md</c> do together what the guide says.</summary>
public sealed class OwnBackendGuideTests : IDisposable
{
    private const string Address = "http://localhost:8080";

    private readonly Guide _guide = new(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "own-backend.md")));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-guide-");
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(90));

    public void Dispose()
    {
        _deadline.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Control_is_applied_acknowledged_and_reported()
    {
        await WriteAsync("keys.json", """{"operator":"operator-key","agents":{"agent-1":"key-1"}}""");
        await WriteAsync("agent-key", "key-1\n");
        await using GuideProcess backend = Start("GuideBackend", _guide.Programs[0], "--urls", "http://127.0.0.1:0");
        string address = (await backend.WaitForAsync("Now listening on: ", _deadline.Token)).Trim();
        Assert.Contains(Address, _guide.Programs[1], StringComparison.Ordinal);
        await using GuideProcess agent = Start("GuideAgent", _guide.Programs[1].Replace(Address, address, StringComparison.Ordinal));
        using HttpClient desk = new() { BaseAddress = new Uri(address) };
        desk.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "operator-key");

        // What a sync reports may be older than the control that it acknowledges.
        JsonElement report;
        long limit = 0;
        do
        {
            limit += 500;
            using HttpResponseMessage pushed = await desk.PutAsJsonAsync(
                "agents/agent-1/limit", new { bytesPerSecond = limit }, _deadline.Token);
            Assert.Equal(HttpStatusCode.Accepted, pushed.StatusCode);
            await agent.WaitForAsync($"The limit is {limit} bytes a second now", _deadline.Token);
            await backend.WaitForAsync("agent-1: set-limit is Applied", _deadline.Token);
            report = await desk.GetFromJsonAsync<JsonElement>("agents/agent-1/report", _deadline.Token);
        }
        while (report.GetProperty("bytesPerSecond").GetInt64() != limit || report.GetProperty("motto").GetString() != "no haste");
    }

    [Fact]
    public async Task Bad_input_gets_what_the_guide_s_table_says()
    {
        await WriteAsync("keys.json", """{"operator":"operator-key","agents":{"agent-1":"key-1"}}""");
        await using GuideProcess backend = Start(
            "GuideBackend", _guide.Programs[0], "--urls", "http://127.0.0.1:0", "--Hub:MaxPendingControls=1", "--Hub:MaxSyncBytes=256");
        string address = (await backend.WaitForAsync("Now listening on: ", _deadline.Token)).Trim();
        using HttpClient client = new() { BaseAddress = new Uri(address) };

        Assert.Equal(
            (404, """{"error":"There is no agent 'agent-9'."}"""), await SendAsync(HttpMethod.Put, "agents/agent-9/limit", "operator-key"));
        Assert.Equal(202, (await SendAsync(HttpMethod.Put, "agents/agent-1/limit", "operator-key")).Status);
        (int status, string full) = await SendAsync(HttpMethod.Put, "agents/agent-1/limit", "operator-key");
        Assert.Equal(429, status);
        Assert.Contains("1 ", full, StringComparison.Ordinal);
        (status, string large) = await SendAsync(HttpMethod.Post, "api/internal/agent/sync", "key-1", new string('a', 300));
        Assert.Equal(413, status);
        Assert.Contains("256", large, StringComparison.Ordinal);
        Assert.Equal(401, (await SendAsync(HttpMethod.Post, "api/internal/agent/sync", "key-2")).Status);

        async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string key, string member = "")
        {
            using HttpRequestMessage request = new(method, path) { Content = JsonContent.Create(new { bytesPerSecond = 5, member }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using HttpResponseMessage response = await client.SendAsync(request, _deadline.Token);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(_deadline.Token));
        }
    }

    /// <summary>Starts a program in the folder of the guide's files, with this project's assemblies in place of the packages.</summary>
    private GuideProcess Start(string assembly, string program, params string[] arguments)
    {
        string file = Path.Combine(_folder.FullName, $"{assembly}.dll");
        ExampleCompiler.CompileTo(file, program);
        string tests = Path.Combine(AppContext.BaseDirectory, typeof(OwnBackendGuideTests).Assembly.GetName().Name!);
        return new GuideProcess(new ProcessStartInfo("dotnet", [
            "exec", "--runtimeconfig", $"{tests}.runtimeconfig.json", "--depsfile", $"{tests}.deps.json", file, .. arguments])
        {
            WorkingDirectory = _folder.FullName,
        });
    }

    private Task WriteAsync(string file, string text) =>
        File.WriteAllTextAsync(Path.Combine(_folder.FullName, file), text, _deadline.Token);
}
