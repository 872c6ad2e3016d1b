using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>A hub with thousands of connected agents: memory, heartbeats, and a command to all of them.</summary>
internal sealed class AgentLoad(HubHost host, int agents, string store, TimeSpan heartbeat, TimeSpan window) : IDisposable
{
    private const int Clients = 2;
    private const int Broadcasts = 5;
    private const int PushesAtOnce = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-bench");
    private readonly List<ChildProcess> _clients = [];

    public static async Task RunAsync(int[] counts, TimeSpan heartbeat, TimeSpan window)
    {
        Console.WriteLine(
            "| hub in | agents | store | all connected in | memory each | heartbeats: processor | a heartbeat | command to all: p50 | p99 "
            + "| last | processor, each |");
        Console.WriteLine("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (HubHost host in new[] { HubHost.ControlPlane, HubHost.Application })
        {
            foreach (string store in new[] { "memory", "file" })
            {
                foreach (int count in counts)
                {
                    using AgentLoad load = new(host, count, store, heartbeat, window);
                    Console.WriteLine(await load.MeasureAsync());
                }
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
        using ChildProcess server = StartServer();
        Uri origin = new((await server.ReadAsync())["Listening on ".Length..]);
        using HttpClient http = new() { BaseAddress = origin };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "operator-key");
        (await http.GetAsync("/health")).EnsureSuccessStatusCode();
        long before = server.ResidentBytes;

        long begin = Stopwatch.GetTimestamp();
        await ConnectAsync(origin);
        TimeSpan connected = Stopwatch.GetElapsedTime(begin);

        TimeSpan spent = server.ProcessorTime;
        begin = Stopwatch.GetTimestamp();
        await Task.Delay(window);
        TimeSpan beating = server.ProcessorTime - spent;
        double passed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        double heartbeats = agents * passed / heartbeat.TotalSeconds;
        double memory = (double)(server.ResidentBytes - before) / agents;

        // The first compiles what the others use.
        await BroadcastAsync(http, "b0");
        List<double> milliseconds = [];
        spent = server.ProcessorTime;
        for (int broadcast = 1; broadcast <= Broadcasts; broadcast++)
        {
            milliseconds.AddRange(await BroadcastAsync(http, string.Create(CultureInfo.InvariantCulture, $"b{broadcast}")));
        }

        TimeSpan sending = server.ProcessorTime - spent;
        milliseconds.Sort();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {(host == HubHost.ControlPlane ? "control plane" : "an application")} | {agents:N0} | {store} "
            + $"| {connected.TotalSeconds:0.0} s | {memory / 1024:0.0} KiB | {beating.TotalSeconds / passed:0.0 %} "
            + $"| {beating.TotalMicroseconds / heartbeats:0} µs | {Quantile(0.5):#,0} ms | {Quantile(0.99):#,0} ms | {Quantile(1):#,0} ms "
            + $"| {sending.TotalMicroseconds / (agents * Broadcasts):0} µs |");

        double Quantile(double share) => milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1];
    }

    private ChildProcess StartServer()
    {
        string keys = Path.Combine(_folder.FullName, "keys.json");
        IEnumerable<string> all = Enumerable.Range(0, agents).Select(static agent => $"\"agent-{agent}\":\"{AgentsClient.KeyOf(agent)}\"");
        File.WriteAllText(keys, $$"""{"operator":"operator-key","agents":{ {{string.Join(',', all)}} } }""");
        string kept = store == "file" ? Path.Combine(_folder.FullName, "controls.db") : store;
        string interval = heartbeat.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        return host == HubHost.Application
            ? ChildProcess.SelfAsServer(HubServer.Verb, keys, kept, interval)
            : ChildProcess.Beside(
                "unarr-controlplane.dll", "serve", "--keys", keys, "--urls", "http://127.0.0.1:0", "--log-level", "Warning",
                "--store", kept, "--heartbeat", $"{interval}ms");
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
        await PushToAllAsync(http, task);
        string[] times = await AllAnswerAsync();
        return times.SelectMany(static line => line.Split(' ')).Select(time =>
            Stopwatch.GetElapsedTime(begin, long.Parse(time, CultureInfo.InvariantCulture)).TotalMilliseconds);
    }

    /// <summary>One push of the application to all agents; of an operator one to each, because the control plane takes no other.</summary>
    private async Task PushToAllAsync(HttpClient http, string task)
    {
        if (host == HubHost.Application)
        {
            using HttpResponseMessage pushed = await http.PostAsync($"/push/{task}", content: null);
            pushed.EnsureSuccessStatusCode();
            return;
        }

        ParallelOptions atOnce = new() { MaxDegreeOfParallelism = PushesAtOnce };
        await Parallel.ForAsync(0, agents, atOnce, async (agent, cancellationToken) =>
        {
            using StringContent body = new($$"""{"action":"pause","taskId":"{{task}}"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.PostAsync(
                $"/api/operator/agents/agent-{agent}/controls", body, cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
    }
}
