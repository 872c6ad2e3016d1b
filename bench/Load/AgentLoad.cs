using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>A hub with thousands of connected agents: memory, heartbeats, and a command to all of them, which each acknowledges.</summary>
/// <param name="host">What the hub is in.</param>
/// <param name="plane">The control plane's assembly; <see langword="null"/> for the one that was built beside this program.</param>
/// <param name="agents">How many agents there are.</param>
/// <param name="store"><c>memory</c> or <c>file</c>.</param>
/// <param name="heartbeat">The interval of the heartbeats.</param>
/// <param name="window">For how long the heartbeats are measured.</param>
internal sealed class AgentLoad(
    HubHost host, string? plane, int agents, string store, TimeSpan heartbeat, TimeSpan window) : IDisposable
{
    private const int Clients = 2;
    private const int Broadcasts = 5;
    private const int PushesAtOnce = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-bench");
    private readonly List<ChildProcess> _clients = [];

    /// <param name="counts">The numbers of agents.</param>
    /// <param name="heartbeat">The interval of the heartbeats.</param>
    /// <param name="window">For how long the heartbeats are measured.</param>
    /// <param name="plane">The assembly of another control plane, measured in turns with this one; <see langword="null"/> for none.</param>
    public static async Task RunAsync(int[] counts, TimeSpan heartbeat, TimeSpan window, string? plane = null)
    {
        Console.WriteLine(
            "| hub in | agents | store | all connected in | memory each | heartbeats: processor | a heartbeat | push | p50 | p99 | last "
            + "| processor, each | an acknowledgement |");
        Console.WriteLine("| --- | ---: | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        (HubHost Host, string? Plane)[] hubs = plane is null
            ? [(HubHost.Bare, null), (HubHost.ControlPlane, null), (HubHost.Application, null)]
            : [(HubHost.ControlPlane, plane), (HubHost.ControlPlane, null)];
        foreach (string store in new[] { "memory", "file" })
        {
            foreach (int count in counts)
            {
                foreach ((HubHost host, string? other) in hubs)
                {
                    if (host != HubHost.Bare || store == "memory")
                    {
                        using AgentLoad load = new(host, other, count, store, heartbeat, window);
                        await load.MeasureAsync();
                    }
                }
            }
        }
    }

    public void Dispose()
    {
        _clients.ForEach(static client => client.Dispose());
        _folder.Delete(recursive: true);
    }

    private async Task MeasureAsync()
    {
        using ChildProcess server = StartServer();
        Uri origin = new((await server.ReadAsync())["Listening on ".Length..]);
        using HttpClient http = new() { BaseAddress = origin };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", KeyFile.OperatorKey);
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
        string name = host switch
        {
            HubHost.Bare => "no hub, bare Kestrel",
            HubHost.Application => "an application",
            _ => plane is null ? "control plane" : "control plane, before",
        };
        string row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {agents:N0} | {store} | {connected.TotalSeconds:0.0} s | {memory / 1024:0.0} KiB "
            + $"| {beating.TotalSeconds / passed:0.0 %} | {beating.TotalMicroseconds / heartbeats:0} µs ");
        if (host == HubHost.Bare)
        {
            Console.WriteLine(row + "| | | | | | |");
            return;
        }

        if (host == HubHost.ControlPlane)
        {
            Console.WriteLine(row + await BroadcastAsync(server, http, $"one each, {PushesAtOnce} at once", "each", PushToEachAsync));
        }

        if (host == HubHost.Application || await TakesPushToAllAsync(http))
        {
            Console.WriteLine(row + await BroadcastAsync(server, http, "one to all", "all", PushToAllAsync));
        }
    }

    /// <summary>Pushes a command to every agent, some times.</summary>
    /// <returns>The columns of a row.</returns>
    private async Task<string> BroadcastAsync(
        ChildProcess server, HttpClient http, string name, string task, Func<HttpClient, string, Task> push)
    {
        List<double> milliseconds = [];
        TimeSpan sending = TimeSpan.Zero;
        TimeSpan acknowledging = TimeSpan.Zero;
        for (int broadcast = 0; broadcast <= Broadcasts; broadcast++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"{task}-{broadcast}");
            _clients.ForEach(client => client.Write(string.Create(CultureInfo.InvariantCulture, $"\"taskId\":\"{id}\" {agents}")));
            await AllAnswerAsync();
            TimeSpan spent = server.ProcessorTime;
            long begin = Stopwatch.GetTimestamp();
            Task pushing = push(http, id);
            string[] times = await AllAnswerAsync();
            TimeSpan sent = server.ProcessorTime;
            await pushing;
            await AllAnswerAsync();
            if (broadcast > 0)
            {
                // The first compiles what the others use.
                sending += sent - spent;
                acknowledging += server.ProcessorTime - sent;
                milliseconds.AddRange(times.SelectMany(static line => line.Split(' ')).Select(time =>
                    Stopwatch.GetElapsedTime(begin, long.Parse(time, CultureInfo.InvariantCulture)).TotalMilliseconds));
            }
        }

        milliseconds.Sort();
        double all = agents * Broadcasts;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Quantile(0.5):#,0} ms | {Quantile(0.99):#,0} ms | {Quantile(1):#,0} ms "
            + $"| {sending.TotalMicroseconds / all:0} µs | {acknowledging.TotalMicroseconds / all:0} µs |");

        double Quantile(double share) => milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1];
    }

    private ChildProcess StartServer()
    {
        string keys = KeyFile.Write(_folder, agents);
        string kept = store == "file" ? Path.Combine(_folder.FullName, "controls.db") : store;
        string interval = heartbeat.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        return host switch
        {
            HubHost.Bare => ChildProcess.SelfAsServerWithoutSpinning(BareServer.Verb, interval),
            HubHost.Application => ChildProcess.SelfAsServer(HubServer.Verb, keys, kept, interval),
            _ => ChildProcess.OfAssembly(
                plane ?? Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll"), "serve", "--keys", keys,
                "--urls", "http://127.0.0.1:0", "--log-level", "Error", "--store", kept, "--heartbeat", $"{interval}ms"),
        };
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

    /// <summary>Whether one request can push to many: an earlier control plane may not know that.</summary>
    private static async Task<bool> TakesPushToAllAsync(HttpClient http)
    {
        using StringContent nothing = new("{}", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync("/api/operator/controls", nothing);
        return answer.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed);
    }

    private async Task PushToAllAsync(HttpClient http, string task)
    {
        if (host == HubHost.Application)
        {
            using HttpResponseMessage pushed = await http.PostAsync($"/push/{task}", content: null);
            pushed.EnsureSuccessStatusCode();
            return;
        }

        string ids = string.Join(',', Enumerable.Range(0, agents).Select(static agent => $"\"agent-{agent}\""));
        using StringContent body = new(
            $$"""{"agents":[{{ids}}],"controls":[{"action":"pause","taskId":"{{task}}"}]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync("/api/operator/controls", body);
        answer.EnsureSuccessStatusCode();
    }

    private Task PushToEachAsync(HttpClient http, string task)
    {
        ParallelOptions atOnce = new() { MaxDegreeOfParallelism = PushesAtOnce };
        return Parallel.ForAsync(0, agents, atOnce, async (agent, cancellationToken) =>
        {
            using StringContent body = new($$"""{"action":"pause","taskId":"{{task}}"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.PostAsync(
                $"/api/operator/agents/agent-{agent}/controls", body, cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
    }
}
