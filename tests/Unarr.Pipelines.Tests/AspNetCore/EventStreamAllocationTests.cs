using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Pipelines.AspNetCore;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>What an event costs in memory. Alone, because what is measured is the process.</summary>
[Collection(nameof(EventStreamAllocationTests))]
[CollectionDefinition(nameof(EventStreamAllocationTests), DisableParallelization = true)]
public sealed class EventStreamAllocationTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly EventStreamMeasures _measures = new(null, NullLogger.Instance, "");

    [SkippableFact]
    public async Task Reader_of_a_broadcast_allocates_nothing_for_an_event()
    {
        OptimizedBuild.IsNeeded();
        const int Warmup = 2000;
        const int Events = 10_000;
        Pipe pipe = new();
        using EventStream stream = new(pipe.Writer, () => { }, TimeSpan.FromSeconds(15), TimeProvider.System);
        using SseBroadcast broadcast = new(new SseBroadcastOptions { MaxUnsentEvents = 4 });
        Task running = stream.RunAsync(broadcast.Join(stream, _measures, null));
        byte[] data = new byte[100];
        pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync()).Buffer.End);
        long before = 0;
        for (int i = 0; i < Warmup + Events; i++)
        {
            if (i == Warmup)
            {
                before = GC.GetTotalAllocatedBytes(precise: true);
            }

            broadcast.Send(data);
            pipe.Reader.AdvanceTo((await pipe.Reader.ReadAtLeastAsync("data: \n\n".Length + data.Length)).Buffer.End);
        }

        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Events;
        broadcast.Dispose();
        await running.WaitAsync(Deadline);

        // The shared event: an array of 108 bytes with its header.
        Assert.InRange(each, 0, 108 + 24 + 8);
    }

    [SkippableFact]
    public async Task Enumeration_allocates_nothing_for_an_event()
    {
        OptimizedBuild.IsNeeded();
        const int Warmup = 2000;
        const int Events = 10_000;
        Pipe pipe = new();
        using EventStream stream = new(pipe.Writer, () => { }, TimeSpan.FromSeconds(15), TimeProvider.System);
        Tick tick = new(1);
        Task running = stream.RunAsync(new EnumerableSource<Tick>(
            TicksAsync(), static (writer, value) => writer.WriteEvent(value, TickJson.Default.Tick), stream, _measures));
        pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync()).Buffer.End);
        long before = 0;
        for (int i = 0; i < Warmup + Events; i++)
        {
            if (i == Warmup)
            {
                before = GC.GetTotalAllocatedBytes(precise: true);
            }

            pipe.Reader.AdvanceTo((await pipe.Reader.ReadAtLeastAsync("data: {\"number\":1}\n\n".Length)).Buffer.End);
        }

        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Events;
        stream.End(StreamEnd.Gone);

        // Nobody reads any more: a full pipe holds up the flush, and so the end, until its reader has gone.
        await pipe.Reader.CompleteAsync();
        await running.WaitAsync(Deadline);
        Assert.InRange(each, 0, 8);

        async IAsyncEnumerable<Tick> TicksAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await Task.Yield();
                yield return tick;
            }
        }
    }
}
