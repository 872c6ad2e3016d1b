using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>Thousands of light agents in one process, which tells when each of them got what.</summary>
internal sealed class AgentsClient
{
    public const string Verb = "agents-client";

    private const string Connected = ": connected";

    private readonly Channel<long> _came = Channel.CreateUnbounded<long>();
    private volatile byte[] _awaited = Encoding.ASCII.GetBytes(Connected);

    public static string KeyOf(int agent) => string.Create(CultureInfo.InvariantCulture, $"key-of-agent-{agent}");

    /// <summary>
    /// The child's side: opens the streams, then for each line of its input looks for that text in every stream. It answers twice: when
    /// it is ready to look, and with the timestamps of when it came.
    /// </summary>
    public static async Task RunAsync(string origin, string first, string count)
    {
        AgentsClient client = new();
        int agents = int.Parse(count, CultureInfo.InvariantCulture);
        await client.OpenAsync(new Uri(origin), int.Parse(first, CultureInfo.InvariantCulture), agents);
        await client.TakeAsync(agents);
        Console.WriteLine("connected");
        while (await Console.In.ReadLineAsync() is { } awaited)
        {
            client._awaited = Encoding.ASCII.GetBytes(awaited);
            Console.WriteLine("ready");
            Console.WriteLine(string.Join(' ', await client.TakeAsync(agents)));
        }
    }

    private async Task OpenAsync(Uri origin, int first, int count)
    {
        for (int agent = first; agent < first + count; agent++)
        {
            LightAgent light = new(() => _awaited, at => _came.Writer.TryWrite(at));
            await light.ConnectAsync(origin, KeyOf(agent));
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
