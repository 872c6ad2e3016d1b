using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>From a push to its acknowledgement by the store's own times: a real agent on loopback, one control after the other.</summary>
internal static class AckFigures
{
    private const int Pushes = 60;
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(300);

    public static async Task RunAsync()
    {
        Console.WriteLine("| store | push to acknowledged: p50 | p95 | most |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        foreach (string store in new[] { "memory", "file" })
        {
            List<double> times = [.. (await MeasureAsync(store)).Order()];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {store} | {times[times.Count / 2]:0} ms | {times[times.Count * 95 / 100]:0} ms | {times[^1]:0} ms |"));
        }
    }

    private static async Task<List<double>> MeasureAsync(string store)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-bench");
        try
        {
            return await MeasureAsync(store, folder);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<double>> MeasureAsync(string store, DirectoryInfo folder)
    {
        string keys = Path.Combine(folder.FullName, "keys.json");
        await File.WriteAllTextAsync(keys, """{"operator":"operator-key","agents":{"a1":"agent-key"}}""");
        using ChildProcess server = ChildProcess.OfAssembly(
            Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll"), "serve", "--keys", keys, "--urls", "http://127.0.0.1:0",
            "--log-level", "Error", "--store", store == "file" ? Path.Combine(folder.FullName, "controls.db") : store);
        Uri origin = new((await server.ReadAsync())["Listening on ".Length..]);
        string key = Path.Combine(folder.FullName, "agent-key");
        await File.WriteAllTextAsync(key, "agent-key");
        DownlinkOptions options = new() { Servers = [origin], ApiKeyFile = key, AgentId = "a1" };
        using CancellationTokenSource stop = new();
        Task agent = new AgentDownlink(options, new Handler()).RunAsync(stop.Token);
        using HttpClient http = new() { BaseAddress = origin };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "operator-key");
        await Task.Delay(TimeSpan.FromSeconds(3));
        for (int i = 0; i < Pushes; i++)
        {
            using StringContent body = new("""{"action":"pause","taskId":"t1"}""", Encoding.UTF8, "application/json");
            (await http.PostAsync("/api/operator/agents/a1/controls", body)).EnsureSuccessStatusCode();
            await Task.Delay(Apart);
        }

        using var shown = JsonDocument.Parse(await http.GetStringAsync("/api/operator/agents/a1"));
        await stop.CancelAsync();
        await agent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<double> times = [.. shown.RootElement.GetProperty("settled").EnumerateArray().Select(static control =>
            (TimeOf(control, "changedAt") - TimeOf(control, "queuedAt")).TotalMilliseconds)];
        return times.Count == Pushes ? times : throw new InvalidOperationException($"{times.Count} of {Pushes} are acknowledged.");
    }

    private static DateTimeOffset TimeOf(JsonElement control, string name) => control.GetProperty(name).GetDateTimeOffset();

    private sealed class Handler : DownlinkHandler
    {
        public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }
}
