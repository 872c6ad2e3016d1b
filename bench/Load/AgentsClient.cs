using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>Thousands of light agents in one process, which tells when each of them got what, and acknowledges it.</summary>
internal sealed class AgentsClient : IDisposable
{
    public const string Verb = "agents-client";

    /// <summary>The first word of a line that lets the agents sync.</summary>
    public const string Syncs = "sync";

    private const string Connected = ": connected";
    private const int ConnectionsForSyncs = 32;

    private readonly Channel<long> _came = Channel.CreateUnbounded<long>();
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = ConnectionsForSyncs })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly List<Task> _syncs = [];
    private volatile byte[] _awaited = Encoding.ASCII.GetBytes(Connected);
    private TimeSpan _spread;

    public static string KeyOf(int agent) => string.Create(CultureInfo.InvariantCulture, $"key-of-agent-{agent}");

    /// <summary>
    /// The child's side: opens the streams, then for each line of its input looks for that text in every stream. A line is the text and
    /// over how many milliseconds the agents acknowledge. It answers three times: when it is ready to look, with the timestamps of when it
    /// came, and when all of it is acknowledged. With "sync", how many times and the milliseconds from one to the next, each agent syncs,
    /// and that is answered once.
    /// </summary>
    public static async Task RunAsync(string origin, string first, string count)
    {
        using AgentsClient client = new();
        int agents = int.Parse(count, CultureInfo.InvariantCulture);
        int from = int.Parse(first, CultureInfo.InvariantCulture);
        client._http.BaseAddress = new Uri(origin);
        await client.OpenAsync(from, agents);
        await client.TakeAsync(agents);
        Console.WriteLine("connected");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            string[] words = line.Split(' ');
            if (words is [Syncs, string times, string interval])
            {
                await client.SyncAsync(
                    Enumerable.Range(from, agents), int.Parse(times, CultureInfo.InvariantCulture),
                    TimeSpan.FromMilliseconds(int.Parse(interval, CultureInfo.InvariantCulture)));
                Console.WriteLine("synced");
                continue;
            }

            client._spread = TimeSpan.FromMilliseconds(int.Parse(words[1], CultureInfo.InvariantCulture));
            client._awaited = Encoding.ASCII.GetBytes(words[0]);
            Console.WriteLine("ready");
            Console.WriteLine(string.Join(' ', await client.TakeAsync(agents)));
            await client.AcknowledgedAsync();
            Console.WriteLine("acknowledged");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task OpenAsync(int first, int count)
    {
        for (int agent = first; agent < first + count; agent++)
        {
            int number = agent;
            LightAgent light = new(() => _awaited, (at, id) => Came(number, at, id));
            await light.ConnectAsync(_http.BaseAddress!, KeyOf(agent));
            _ = ReadAsync(light);
        }
    }

    private static async Task ReadAsync(LightAgent agent)
    {
        using (agent)
        {
            await agent.ReadAsync();
        }
    }

    private void Came(int agent, long at, string id)
    {
        if (id.Length > 0)
        {
            lock (_syncs)
            {
                _syncs.Add(SyncAsync(agent, id, _spread * Random.Shared.NextDouble()));
            }
        }

        _came.Writer.TryWrite(at);
    }

    /// <summary>Lets each agent sync some times, at a moment of its own in each interval.</summary>
    private async Task SyncAsync(IEnumerable<int> agents, int times, TimeSpan interval)
    {
        for (int time = 0; time < times; time++)
        {
            Task passed = Task.Delay(interval);
            await Task.WhenAll(agents.Select(agent => SyncAsync(agent, "", interval * Random.Shared.NextDouble())));
            await passed;
        }
    }

    /// <param name="agent">The agent.</param>
    /// <param name="id">The control that it acknowledges, or nothing.</param>
    /// <param name="wait">When it syncs.</param>
    private async Task SyncAsync(int agent, string id, TimeSpan wait)
    {
        await Task.Delay(wait);
        string applied = id.Length > 0 ? $"\"{id}\"" : "";
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/internal/agent/sync")
        {
            Content = new StringContent(
                $$"""{"agentId":"agent-{{agent}}","name":"light","appliedControls":[{{applied}}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf(agent));
        request.Headers.Add("Unarr-After", id);
        using HttpResponseMessage answer = await _http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private async Task AcknowledgedAsync()
    {
        Task[] all;
        lock (_syncs)
        {
            all = [.. _syncs];
            _syncs.Clear();
        }

        await Task.WhenAll(all);
    }

    private async Task<List<long>> TakeAsync(int count)
    {
        List<long> times = new(count);
        while (times.Count < count)
        {
            times.Add(await _came.Reader.ReadAsync());
        }

        return times;
    }
}
