using System.Globalization;
using System.Net.ServerSentEvents;
using Unarr.Pipelines.Bench.Benchmarks;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>Many event streams that are idle but for an event now and then, in one process: what each of them holds.</summary>
internal sealed class StreamClient(string contestant, Uri events) : IDisposable
{
    public const string Verb = "streams-client";

    // What the first streams cost is paid once, not by each.
    private const int WarmUpStreams = 50;

    // An idle stream is one that has had some events before.
    private const int Events = 3;

    private static readonly byte[] Dropped = new byte[4096];

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<Task> _reading = [];
    private int _ready;

    public static string[] Contestants { get; } = [Names.Floor, Names.Parser, Names.Reader];

    /// <summary>The child's side: opens the streams and prints what they hold: resident bytes, bytes on the heap, timers.</summary>
    public static async Task RunAsync(string contestant, string origin, string streams)
    {
        using StreamClient client = new(contestant, new Uri(new Uri(origin), "/api/internal/agent/events"));
        await client.OpenAsync(WarmUpStreams);
        var before = Footprint.Take();
        await client.OpenAsync(int.Parse(streams, CultureInfo.InvariantCulture));
        Footprint held = Footprint.Take() - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{held.ResidentBytes} {held.HeapBytes} {held.Timers}"));
    }

    public void Dispose() => _client.Dispose();

    private async Task OpenAsync(int streams)
    {
        int ready = _ready + streams;
        for (int stream = 0; stream < streams; stream++)
        {
            HttpResponseMessage response = await _client.GetAsync(events, HttpCompletionOption.ResponseHeadersRead);
            _reading.Add(ReadAsync(await response.Content.ReadAsStreamAsync()));
        }

        while (Volatile.Read(ref _ready) < ready)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private Task ReadAsync(Stream stream) => contestant switch
    {
        Names.Floor => DropAsync(stream),
        Names.Parser => ParseAsync(stream),
        _ => FrameAsync(new SseReader(stream)),
    };

    private async Task DropAsync(Stream stream)
    {
        int events = 0;
        while (await stream.ReadAsync(Dropped) > 0)
        {
            Count(ref events);
        }
    }

    private async Task ParseAsync(Stream stream)
    {
        int events = 0;
        await foreach (SseItem<int> _ in ParserPass.Open(stream))
        {
            Count(ref events);
        }
    }

    private async Task FrameAsync(SseReader reader)
    {
        int events = 0;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out _))
            {
                Count(ref events);
            }
        }
    }

    private void Count(ref int events)
    {
        if (++events == Events)
        {
            Interlocked.Increment(ref _ready);
        }
    }
}
