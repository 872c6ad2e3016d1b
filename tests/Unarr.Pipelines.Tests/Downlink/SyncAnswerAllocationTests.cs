using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Syncing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What a sync's answer costs an application that does not ask for it. Alone, because what is measured is the process.</summary>
[Collection(nameof(SyncAnswerAllocationTests))]
[CollectionDefinition(nameof(SyncAnswerAllocationTests), DisableParallelization = true)]
public sealed class SyncAnswerAllocationTests
{
    private const int Warmup = 300;
    private const int Syncs = 1000;

    [SkippableTheory]
    [InlineData(8_000)]
    [InlineData(300_000)]
    public async Task Answer_that_nobody_asks_for_is_not_copied(int length)
    {
        OptimizedBuild.IsNeeded();
        long small = await BytesOfASyncAsync("{}");
        long large = await BytesOfASyncAsync($$"""{"x":"{{new string('x', length)}}"}""");

        // What it is read into is pooled. What links the pooled arrays is not, and now and then the pool makes an array.
        Assert.InRange(large - small, -length / 10, length / 10);
    }

    [SkippableFact]
    public async Task Report_that_nobody_asks_for_is_all_that_is_allocated()
    {
        OptimizedBuild.IsNeeded();
        SyncNotice notice = new(new SilentHandler(), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        BoundedBody[] bodies = new BoundedBody[Warmup + Syncs];
        for (int sync = 0; sync < bodies.Length; sync++)
        {
            using ByteArrayContent content = new("{}"u8.ToArray());
            bodies[sync] = await BoundedBody.ReadAsync(content, 1024, CancellationToken.None);
        }

        long before = 0;
        for (int sync = 0; sync < bodies.Length; sync++)
        {
            before = sync == Warmup ? GC.GetAllocatedBytesForCurrentThread() : before;
            ValueTask<Exception?> given = notice.GiveAsync(new SyncReport { Reason = SyncReason.Interval, Received = bodies[sync] });
            Assert.True(given.IsCompletedSuccessfully);
        }

        long reports = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        for (int sync = 0; sync < Syncs; sync++)
        {
            GC.KeepAlive(new SyncReport { Reason = SyncReason.Interval });
        }

        Assert.Equal(GC.GetAllocatedBytesForCurrentThread() - before, reports);
    }

    private static async Task<long> BytesOfASyncAsync(string answer)
    {
        using HttpMessageInvoker http = new(new AnsweringHandler(Encoding.UTF8.GetBytes(answer)));
        ControlPlaneClient client = new(
            http, new MirrorPool(["https://a.example"]),
            new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });
        DownlinkSettings settings = new() { AgentId = "agent-1", Mode = DownlinkMode.Stream, SyncInterval = TimeSpan.FromHours(20) };
        AgentDownlink downlink = new(client, settings, new SilentHandler(), NullLogger.Instance);
        using CancellationTokenSource stop = new();
        Task running = downlink.RunAsync(stop.Token);
        long before = 0;
        for (int sync = 0; sync < Warmup + Syncs; sync++)
        {
            before = sync == Warmup ? GC.GetTotalAllocatedBytes(precise: true) : before;
            await Signal.Of(downlink.SyncTrigger.RequestAsync(), "a sync");
        }

        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Syncs;
        await stop.CancelAsync();
        await Signal.Of(running, "the end");
        return each;
    }

    /// <summary>Answers syncs at once, and nothing else ever.</summary>
    private sealed class AnsweringHandler(byte[] answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.RequestUri!.AbsolutePath.EndsWith("/sync", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(answer), RequestMessage = request };
        }
    }

    private sealed class SilentHandler : DownlinkHandler
    {
        public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }
}
