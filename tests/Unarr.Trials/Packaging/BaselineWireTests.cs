using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.Guides;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>Agents and backends with the packages of the baseline, with those of today at the other end. The programs are those of
/// <c>docs/own-backend.md</c>, each as the document was then.</summary>
[Collection(nameof(PackedTests))]
public sealed class BaselineWireTests(PackedPackages packed) : IDisposable
{
    private const string Page = "docs/own-backend.md";
    private const string ServedAt = "http://localhost:8080";
    private const string BaselineVersion = "0.0.0-baseline";

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-wire-").FullName;
    private readonly LoopbackPort _port = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(10));

    private string Address => _port.Address.GetLeftPart(UriPartial.Authority);

    public void Dispose()
    {
        _port.Dispose();
        _deadline.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public async Task Ends_of_the_baseline_and_of_today_work_together()
    {
        string feed = await packed.BaselineAsync();
        string page = await Dotnet.RunAsync(Dotnet.Command("git", Dotnet.Repository, "show", $"{await BaselineNameAsync()}:{Page}"));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "keys.json"), """{"operator":"operator-key","agents":{"agent-1":"key-1"}}""");
        await File.WriteAllTextAsync(Path.Combine(_folder, "agent-key"), "key-1\n");

        (string backend, string agent) = await BuildAsync("today", packed.Feed, packed.Version, DocumentOf(Page));
        (string earlierBackend, string earlierAgent) = await BuildAsync("earlier", feed, BaselineVersion, page);
        await AssertWorkTogetherAsync(backend, earlierAgent);
        await AssertWorkTogetherAsync(earlierBackend, agent);
    }

    private static string DocumentOf(string document) => File.ReadAllText(Path.Combine(Dotnet.Repository, document));

    private static async Task<string> BaselineNameAsync() =>
        (await File.ReadAllLinesAsync(Path.Combine(Dotnet.Repository, "packaging", "baseline"))).Single(line => !line.StartsWith('#'));

    private async Task<(string Backend, string Agent)> BuildAsync(string name, string feed, string version, string page)
    {
        string[] programs = new Guide(page).Programs;
        Assert.Contains(ServedAt, programs[1], StringComparison.Ordinal);
        Consumer backend = new(Path.Combine(_folder, $"{name}-backend"), feed);
        await backend.CreateAsync("dotnet new web", $"dotnet add package Unarr.Agents.Hub.Sqlite --version {version}");
        await backend.WriteAsync(("Hub", programs[0]));
        Consumer agent = new(Path.Combine(_folder, $"{name}-agent"), feed);
        await agent.CreateAsync("dotnet new console", $"dotnet add package Unarr.Agents.Downlink.Hosting --version {version}");
        await agent.WriteAsync(("Jobs", programs[1].Replace(ServedAt, Address, StringComparison.Ordinal)));
        return (await backend.BuildAsync(), await agent.BuildAsync());
    }

    /// <summary>A control comes and is acknowledged, and both ends read what the other adds to a sync.</summary>
    private async Task AssertWorkTogetherAsync(string backend, string agent)
    {
        File.Delete(Path.Combine(_folder, "controls.jsonl"));
        foreach (string file in Directory.EnumerateFiles(_folder, "controls.db*"))
        {
            File.Delete(file);
        }

        await using GuideProcess served = Consumer.Start(backend, _folder, "Hub", "--urls", Address);
        await served.WaitForAsync("Application started", _deadline.Token);
        await using GuideProcess running = Consumer.Start(agent, _folder, "Jobs");
        await running.WaitForAsync("The downlink is live", _deadline.Token);
        using HttpClient desk = new() { BaseAddress = _port.Address };
        desk.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "operator-key");

        // What a sync reports may be older than the control that it acknowledges.
        JsonElement report;
        long limit = 0;
        do
        {
            limit += 500;
            using HttpResponseMessage pushed = await desk.PutAsJsonAsync(
                "agents/agent-1/limit", new { bytesPerSecond = limit }, _deadline.Token);
            pushed.EnsureSuccessStatusCode();
            await running.WaitForAsync(
                string.Create(CultureInfo.InvariantCulture, $"The limit is {limit} bytes a second now"), _deadline.Token);
            await served.WaitForAsync("agent-1: set-limit is Applied", _deadline.Token);
            report = await desk.GetFromJsonAsync<JsonElement>("agents/agent-1/report", _deadline.Token);
        }
        while (report.GetProperty("bytesPerSecond").GetInt64() != limit || report.GetProperty("motto").GetString() != "no haste");
    }
}
