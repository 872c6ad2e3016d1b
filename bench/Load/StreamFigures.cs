using System.Globalization;
using Unarr.Pipelines.Bench.Benchmarks;
using Unarr.Pipelines.Bench.NativeAgent;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>Memory and timers of many idle event streams in one process:
/// the reader beside the in-box parser and a stream that is only drained.</summary>
internal static class StreamFigures
{
    public const string ServerVerb = "streams-server";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(int streams, int rounds = 3)
    {
        Console.WriteLine(
            "| idle streams | contestant | resident | compared with the drain | of it on the heap | compared with the drain | timers |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
        Footprint floor = default;
        foreach (string contestant in StreamClient.Contestants)
        {
            Footprint held = default;
            for (int round = 0; round < rounds; round++)
            {
                // The least of some rounds: garbage that the collector has not given back only ever adds to it.
                Footprint one = await MeasureAsync(contestant, streams);
                held = round == 0 || one.ResidentBytes < held.ResidentBytes ? one : held;
            }

            floor = contestant == Names.Floor ? held : floor;
            Footprint more = held - floor;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {streams:N0} | {contestant} | {Each(held.ResidentBytes):N0} B | {Each(more.ResidentBytes):+#,0;−#,0;0} B "
                + $"| {Each(held.HeapBytes):N0} B | {Each(more.HeapBytes):+#,0;−#,0;0} B | {held.Timers} |"));
        }

        double Each(long all) => (double)all / streams;
    }

    /// <summary>The server's side: prints its origin and serves until it is ended.</summary>
    public static async Task ServeAsync()
    {
        await using StreamServer server = new() { Script = StreamServer.Steady(Interval, commands: true) };
        await server.StartAsync();
        Console.WriteLine(server.Origin);
        await Console.In.ReadToEndAsync();
    }

    private static async Task<Footprint> MeasureAsync(string contestant, int streams)
    {
        using var server = ChildProcess.Self(ServerVerb);
        string origin = await server.ReadAsync();
        using var client = ChildProcess.Self(StreamClient.Verb, contestant, origin, streams.ToString(CultureInfo.InvariantCulture));
        long[] figures =
            [.. (await client.ReadAsync()).Split(' ').Select(static figure => long.Parse(figure, CultureInfo.InvariantCulture))];
        return new Footprint(figures[0], figures[1], figures[2]);
    }
}
