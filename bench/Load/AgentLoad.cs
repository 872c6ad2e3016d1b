using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>A control plane with thousands of connected agents: memory, heartbeats, and a command to all of them.</summary>
internal sealed class AgentLoad(int agents, string store, TimeSpan heartbeat, TimeSpan window) : IDisposable
{
    private const int Clients = 2;
    private const int Broadcasts = 5;
    private const int PushesAtOnce = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-bench");
    private readonly List<ChildProcess> _clients = [];

    public static async Task RunAsync(int[] counts, TimeSpan heartbeat, TimeSpan window)
    {
        Console.WriteLine(
            "| agents | store | all connected in | memory each | heartbeats: processor | a heartbeat | command to all: p50 | p99 | last "
            + "| processor, each |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (string store in new[] { "memory", "file" })
        {
            foreach (int count in counts)
            {
                using AgentLoad load = new(count, store, heartbeat, window);
                Console.WriteLine(await load.MeasureAsync());
            }
        }
    }

    public void Dispose()
    {
        _clients.ForEach(static client => client.Dispose());
        _folder.Delete(recursive: true);
    }

    private async Task<string> MeasureAsync()
    {
        using ChildProcess controlPlane = StartControlPlane();
        Uri origin = new((await controlPlane.ReadAsync())["Listening on ".Length..]);
        using HttpClient http = new() { BaseAddress = origin };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "operator-key");
        (await http.GetAsync("/health")).EnsureSuccessStatusCode();
        long before = controlPlane.ResidentBytes;

        long begin = Stopwatch.GetTimestamp();
        await ConnectAsync(origin);
        TimeSpan connected = Stopwatch.GetElapsedTime(begin);

        TimeSpan spent = controlPlane.ProcessorTime;
        begin = Stopwatch.GetTimestamp();
        await Task.Delay(window);
        TimeSpan beating = controlPlane.ProcessorTime - spent;
        double passed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        double heartbeats = agents * passed / heartbeat.TotalSeconds;
        double memory = (double)(controlPlane.ResidentBytes - before) / agents;

        // The first compiles what the others use.
        await BroadcastAsync(http, "b0");
        List<double> milliseconds = [];
        spent = controlPlane.ProcessorTime;
        for (int broadcast = 1; broadcast <= Broadcasts; broadcast++)
        {
            milliseconds.AddRange(await BroadcastAsync(http, string.Create(CultureInfo.InvariantCulture, $"b{broadcast}")));
        }

        TimeSpan sending = controlPlane.ProcessorTime - spent;
        milliseconds.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {agents:N0} | {store} | {connected.TotalSeconds:0.0} s | {memory / 1024:0.0} KiB | {beating.TotalSeconds / passed:0.0 %} "
            + $"| {beating.TotalMicroseconds / heartbeats:0} µs | {Quantile(0.5):#,0} ms | {Quantile(0.99):#,0} ms | {Quantile(1):#,0} ms "
            + $"| {sending.TotalMicroseconds / (agents * Broadcasts):0} µs |");

        double Quantile(double share) => milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1];
    }

    private ChildProcess StartControlPlane()
    {
        string keys = Path.Combine(_folder.FullName, "keys.json");
        IEnumerable<string> all = Enumerable.Range(0, agents).Select(static agent => $"\"agent-{agent}\":\"{AgentsClient.KeyOf(agent)}\"");
        File.WriteAllText(keys, $$"""{"operator":"operator-key","agents":{ {{string.Join(',', all)}} } }""");
        return ChildProcess.Beside(
            "unarr-controlplane.dll", "serve", "--keys", keys, "--urls", "http://127.0.0.1:0", "--log-level", "Warning",
            "--store", store == "file" ? Path.Combine(_folder.FullName, "controls.db") : store,
            "--heartbeat", string.Create(CultureInfo.InvariantCulture, $"{heartbeat.TotalMilliseconds:0}ms"));
    }

    private async Task ConnectAsync(Uri origin)
    {
        for (int client = 0; client < Clients; client++)
        {
            int first = agents * client / Clients;
            int count = (agents * (client + 1) / Clients) - first;
            _clients.Add(ChildProcess.Self(
                AgentsClient.Verb, origin.AbsoluteUri, first.ToString(CultureInfo.InvariantCulture),
                count.ToString(CultureInfo.InvariantCulture)));
        }

        await AllAnswerAsync();
    }

    private Task<string[]> AllAnswerAsync() => Task.WhenAll(_clients.Select(static client => client.ReadAsync()));

    /// <summary>Pushes a command to every agent.</summary>
    /// <returns>After how many milliseconds each of them had it.</returns>
    private async Task<IEnumerable<double>> BroadcastAsync(HttpClient http, string task)
    {
        _clients.ForEach(client => client.Write($"\"taskId\":\"{task}\""));
        await AllAnswerAsync();
        long begin = Stopwatch.GetTimestamp();
        ParallelOptions atOnce = new() { MaxDegreeOfParallelism = PushesAtOnce };
        await Parallel.ForAsync(0, agents, atOnce, async (agent, cancellationToken) =>
        {
            using StringContent body = new($$"""{"action":"pause","taskId":"{{task}}"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.PostAsync(
                $"/api/operator/agents/agent-{agent}/controls", body, cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
        string[] times = await AllAnswerAsync();
        return times.SelectMany(static line => line.Split(' ')).Select(time =>
            Stopwatch.GetElapsedTime(begin, long.Parse(time, CultureInfo.InvariantCulture)).TotalMilliseconds);
    }
}
