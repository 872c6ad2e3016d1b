using System.Diagnostics;
using System.Globalization;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>What the client adds to the reader over the same HTTP stream, in time and memory, and what one reconnect allocates.</summary>
internal static class ClientFigures
{
    private const int WarmUps = 3;
    private const int Reconnects = 2_000;

    public static async Task RunAsync(int pairs, int passes)
    {
        using HttpClient http = new(SseClient.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        Console.WriteLine("| stream | SseReader | SseClient | speed, beside the reader | of the processor's time | SseClient allocates |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (Corpus corpus in (Corpus[])[Standard.Command with { Passes = passes }, Standard.CommandWithIds with { Passes = passes }])
        {
            using LoopbackServer server = new(corpus);
            await CompareAsync(http, server, corpus, pairs);
        }

        using LoopbackServer one = new(Standard.Command);
        double floor = await ReconnectAsync(one, static (http, uri) => RequestsAsync(http, uri));
        double client = await ReconnectAsync(one, static (http, uri) => ReconnectsAsync(http, uri));
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"One reconnect allocates {client:N0} B; a GET whose bytes are read and dropped {floor:N0} B."));
    }

    private static async Task CompareAsync(HttpClient http, LoopbackServer server, Corpus corpus, int pairs)
    {
        List<Pass> readers = [];
        List<Pass> clients = [];
        for (int pair = -WarmUps; pair < pairs; pair++)
        {
            // Alternating, and the first of a pair in turn: what disturbs the machine disturbs both.
            bool readerFirst = pair % 2 == 0;
            Pass one = await MeasureAsync(http, server.Events, readerFirst ? OpenReaderAsync : OpenClient, corpus);
            Pass other = await MeasureAsync(http, server.Events, readerFirst ? OpenClient : OpenReaderAsync, corpus);
            if (pair >= 0)
            {
                readers.Add(readerFirst ? one : other);
                clients.Add(readerFirst ? other : one);
            }
        }

        double speed = Median(readers.Zip(clients, static (reader, client) => reader.Elapsed / client.Elapsed));
        double processor = Median(readers.Zip(clients, static (reader, client) => reader.Processor / client.Processor));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {corpus} | {Median(readers.Select(static pass => pass.Nanoseconds)):0.0} ns "
            + $"| {Median(clients.Select(static pass => pass.Nanoseconds)):0.0} ns | {speed:0.00} | {processor:0.00} "
            + $"| {Median(clients.Select(static pass => pass.Allocated)):0.00} B an event |"));
    }

    private static async Task<SseSource> OpenReaderAsync(HttpClient http, Uri events)
    {
        HttpResponseMessage response = await http.GetAsync(events, HttpCompletionOption.ResponseHeadersRead);
        return await SseReader.FromResponseAsync(response);
    }

    private static Task<SseSource> OpenClient(HttpClient http, Uri events) =>
        Task.FromResult<SseSource>(new SseClient(http, events, new SseClientOptions { CloseAtEnd = true }));

    private static async Task<Pass> MeasureAsync(
        HttpClient http, Uri events, Func<HttpClient, Uri, Task<SseSource>> open, Corpus corpus)
    {
        long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processorBefore = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        long dataBytes = 0;
        await using (SseSource source = await open(http, events))
        {
            dataBytes = source is SseClient client ? await DrainAsync(client) : await DrainAsync((SseReader)source);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        TimeSpan processor = Environment.CpuUsage.TotalTime - processorBefore;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        double count = (double)corpus.Events * corpus.Passes;
        return dataBytes == corpus.DataBytes * corpus.Passes
            ? new Pass(elapsed, processor, elapsed.TotalNanoseconds / count, allocated / count)
            : throw new InvalidOperationException($"{dataBytes} bytes of data came, of {corpus.DataBytes * corpus.Passes}.");
    }

    // Twice the same text: a call of a sealed class is what a program writes.
    private static async Task<long> DrainAsync(SseReader source)
    {
        long dataBytes = 0;
        while (await source.WaitToReadAsync())
        {
            while (source.TryRead(out SseFrame frame))
            {
                dataBytes += frame.Data.Length;
            }
        }

        return dataBytes;
    }

    private static async Task<long> DrainAsync(SseClient source)
    {
        long dataBytes = 0;
        while (await source.WaitToReadAsync())
        {
            while (source.TryRead(out SseFrame frame))
            {
                dataBytes += frame.Data.Length;
            }
        }

        return dataBytes;
    }

    private static async Task<double> ReconnectAsync(LoopbackServer server, Func<HttpClient, Uri, Task> connect)
    {
        using HttpClient http = new(SseClient.CreateHandler());
        await connect(http, server.OneEvent);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await connect(http, server.OneEvent);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Reconnects;
    }

    private static async Task RequestsAsync(HttpClient http, Uri uri)
    {
        byte[] buffer = new byte[4096];
        for (int request = 0; request < Reconnects; request++)
        {
            using HttpResponseMessage response = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead);
            await using Stream body = await response.Content.ReadAsStreamAsync();
            while (await body.ReadAsync(buffer) > 0)
            {
            }
        }
    }

    private static async Task ReconnectsAsync(HttpClient http, Uri uri)
    {
        await using SseClient client = new(http, uri, new SseClientOptions { ReconnectDelay = TimeSpan.Zero });
        int events = 0;
        while (events < Reconnects && await client.WaitToReadAsync())
        {
            while (client.TryRead(out _))
            {
                events++;
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>One reading of the whole stream.</summary>
    private readonly record struct Pass(TimeSpan Elapsed, TimeSpan Processor, double Nanoseconds, double Allocated);
}
