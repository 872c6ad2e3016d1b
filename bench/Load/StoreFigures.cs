using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Hub;
using Unarr.Agents.Protocol;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>How many pushes a second the SQLite store takes, each answered after its own sync to the disk: one at a time, and many at
/// once. The baseline makes a transaction of each.</summary>
internal static class StoreFigures
{
    private const string Baseline = "a transaction each";
    private const string Store = "the hub's store";
    private const int Agents = 1000;
    private static readonly int[] InFlight = [1, 64];

    public static async Task RunAsync(int rounds, TimeSpan length)
    {
        Console.WriteLine("| in flight | contestant | pushes a second | ratio | processor, each | settles a second |");
        Console.WriteLine("| ---: | --- | ---: | ---: | ---: | ---: |");
        foreach (int inFlight in InFlight)
        {
            List<Figure> baselines = [];
            List<Figure> stores = [];
            for (int round = 0; round < rounds; round++)
            {
                baselines.Add(await MeasureBaselineAsync(inFlight, length));
                stores.Add(await MeasureStoreAsync(inFlight, length));
            }

            // The median of some rounds in turns: what disturbs the disk disturbs both.
            Print(inFlight, Baseline, baselines, 1);
            Print(inFlight, Store, stores, Median(stores.Zip(baselines, static (store, old) => store.Pushes / old.Pushes)));
        }
    }

    /// <summary>Pushes and settles so many controls: how large the file and its log are on the way, and how long a start takes.</summary>
    public static async Task PassAsync(int controls)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-bench");
        string file = Path.Combine(folder.FullName, "store.db");
        Console.WriteLine("| controls passed | file | log | start | pushed and settled a second |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        int step = controls / 10;
        for (int passed = 0; passed < controls; passed += step)
        {
            ServiceCollection services = new();
            services.AddAgentHub().UseSqlite(file);
            long begin = Stopwatch.GetTimestamp();
            await using ServiceProvider provider = services.BuildServiceProvider();
            ControlStore store = provider.GetRequiredService<ControlStore>();
            await store.CountPendingAsync(default);
            TimeSpan start = Stopwatch.GetElapsedTime(begin);
            begin = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, InFlight[^1]).Select(lane => Task.Run(async () =>
            {
                for (int i = lane; i < step; i += InFlight[^1])
                {
                    ControlRecord record = Record(lane, i / InFlight[^1], InFlight[^1]);
                    await store.AddAsync([record], int.MaxValue, default);
                    ControlUpdate update = new() { ControlId = record.Control.Id!, State = ControlState.Applied, At = record.ChangedAt };
                    await store.UpdateAsync(record.AgentId, [update], default);
                }
            })));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {passed + step:N0} | {new FileInfo(file).Length / 1024.0 / 1024:0.0} MiB "
                + $"| {new FileInfo(file + "-wal").Length / 1024.0 / 1024:0.0} MiB | {start.TotalMilliseconds:0} ms "
                + $"| {step / Stopwatch.GetElapsedTime(begin).TotalSeconds:N0} |"));
        }

        folder.Delete(recursive: true);
    }

    private static void Print(int inFlight, string contestant, List<Figure> figures, double ratio)
    {
        double settles = Median(figures.Select(static figure => figure.Settles));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {inFlight} | {contestant} | {Median(figures.Select(static figure => figure.Pushes)):N0} | {ratio:0.0#}× "
            + $"| {Median(figures.Select(static figure => figure.Processor)):0.0} µs | {(contestant == Store ? $"{settles:N0}" : "")} |"));
    }

    private static double Median(IEnumerable<double> figures) => figures.Order().ElementAt(figures.Count() / 2);

    private static async Task<Figure> MeasureBaselineAsync(int inFlight, TimeSpan length)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-bench");
        using (UnbatchedSqliteStore store = new(Path.Combine(folder.FullName, "baseline.db")))
        {
            (double pushes, double processor) = await MeasureAsync(
                inFlight, length, async record => await store.AddAsync(record));
            store.Dispose();
            folder.Delete(recursive: true);
            return new Figure(pushes, processor, 0);
        }
    }

    private static async Task<Figure> MeasureStoreAsync(int inFlight, TimeSpan length)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-bench");
        ServiceCollection services = new();
        services.AddAgentHub().UseSqlite(Path.Combine(folder.FullName, "store.db"));
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            ControlStore store = provider.GetRequiredService<ControlStore>();
            ConcurrentQueue<ControlRecord> pushed = new();
            (double pushes, double processor) = await MeasureAsync(inFlight, length, async record =>
            {
                IReadOnlyList<PushResult> results = await store.AddAsync([record], int.MaxValue, default);
                pushed.Enqueue(results[0].Status == PushStatus.Queued
                    ? record : throw new InvalidOperationException("A push was refused."));
            });
            int count = pushed.Count;
            long begin = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
            {
                while (Stopwatch.GetElapsedTime(begin) < length && pushed.TryDequeue(out ControlRecord? record))
                {
                    ControlUpdate update = new() { ControlId = record.Control.Id!, State = ControlState.Applied, At = record.ChangedAt };
                    await store.UpdateAsync(record.AgentId, [update], default);
                }
            })));
            double settles = (count - pushed.Count) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
            await provider.DisposeAsync();
            folder.Delete(recursive: true);
            return new Figure(pushes, processor, settles);
        }
    }

    /// <returns>How many calls were answered a second, and the processor's time of each in microseconds.</returns>
    private static async Task<(double PerSecond, double Microseconds)> MeasureAsync(
        int inFlight, TimeSpan length, Func<ControlRecord, Task> push)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, inFlight).Select(lane => Task.Run(async () =>
        {
            int count = 0;
            for (; Stopwatch.GetElapsedTime(begin) < length; count++)
            {
                await push(Record(lane, count, inFlight));
            }

            return count;
        })));
        double passed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return (counts.Sum() / passed, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / counts.Sum());
    }

    private static ControlRecord Record(int lane, int count, int lanes)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new ControlRecord
        {
            AgentId = string.Create(CultureInfo.InvariantCulture, $"agent-{((count * lanes) + lane) % Agents}"),
            Control = new Control("pause", "task") { Id = Guid.CreateVersion7(now).ToString("N"), PushedAt = now },
            State = ControlState.Pending,
            ChangedAt = now,
        };
    }

    private sealed record Figure(double Pushes, double Processor, double Settles);
}
