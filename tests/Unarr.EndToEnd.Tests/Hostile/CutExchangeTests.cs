using System.Text;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.EndToEnd.Tests.Downlink;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>A recorded exchange cut at every byte offset: whatever was cut, pushes arrive again, each whole and once.</summary>
public class CutExchangeTests(RecordedExchanges recorded) : IClassFixture<RecordedExchanges>
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(5);

    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    [Theory]
    [InlineData(Cut.Close)]
    [InlineData(Cut.Reset)]
    public async Task Stream_cut_at_any_offset_gives_the_events_before_the_cut_and_no_half_one(Cut cut)
    {
        await using CuttingRelay relay = new(recorded, "events");
        string[] all = await EventsAsync(relay.Mirror(recorded["events"].Length, cut));
        int[] ends = [.. Ends(Encoding.Latin1.GetString(recorded["events"].Span))];
        Assert.Equal(ends.Length, all.Length);

        // Where nothing came at all the runtime asks again by itself, and gets the whole stream.
        await Parallel.ForAsync(1, recorded["events"].Length, AtOnce, async (offset, _) =>
        {
            string[] events = await EventsAsync(relay.Mirror(offset, cut));
            Assert.Equal(all[..events.Length], events);

            // A reset may overtake what was sent before it.
            Assert.InRange(events.Length, cut == Cut.Close ? ends.Count(end => end <= offset) : 0, ends.Count(end => end <= offset));
        });
    }

    [Theory]
    [InlineData(Cut.Close)]
    [InlineData(Cut.Reset)]
    public async Task Downlink_whose_stream_is_cut_at_any_offset_is_covered_again_and_applies_each_control_once(Cut cut) =>
        await AtEveryOffsetAsync("events", cut, DownlinkMode.Auto, async agent =>
        {
            await agent.ControlAsync();
            await agent.ControlAsync();
            Assert.Equal(["task-of-pause", "task-of-resume"], agent.Applied);
        });

    [Fact]
    public async Task Downlink_whose_sync_is_reset_at_any_offset_is_covered_again_and_applies_each_control_once() =>
        await AtEveryOffsetAsync("sync", Cut.Reset, DownlinkMode.Auto, async agent =>
        {
            await agent.ControlAsync();
            await agent.ControlAsync();
            await agent.UntilSyncedAsync(report => report.Succeeded);
            Assert.Equal(["task-of-pause", "task-of-resume"], agent.Applied);
        });

    [Fact]
    public async Task Downlink_whose_poll_is_reset_at_any_offset_is_covered_again_and_syncs() =>
        // For the route that is back or for the wake: whichever came first speaks for both.
        await AtEveryOffsetAsync(
            "wake", Cut.Reset, DownlinkMode.LongPoll, agent =>
                agent.UntilSyncedAsync(report => report.Succeeded && report.Reason != SyncReason.Start));

    private async Task AtEveryOffsetAsync(string endpoint, Cut cut, DownlinkMode mode, Func<RunningAgent, Task> recover)
    {
        await using CuttingRelay relay = new(recorded, endpoint);
        await Parallel.ForAsync(0, recorded[endpoint].Length, AtOnce, async (offset, _) =>
        {
            await using RunningAgent agent = new(() => HostileClient.Key, [relay.Mirror(offset, cut)], options => options with
            {
                Mode = mode,
                ReconnectDelay = Short,
                PollRetryDelay = Short,
                SyncInterval = endpoint == "sync" ? TimeSpan.FromMilliseconds(50) : options.SyncInterval,
            });
            await recover(agent);
            await agent.UntilCoveredAsync();
        });
    }

    private static async Task<string[]> EventsAsync(Uri mirror)
    {
        using HostileClient client = new(mirror);
        List<string> events = [];
        try
        {
            await using EventStream stream = await client.Client.OpenEventStreamAsync(client.Deadline);
            while (await stream.Frames.WaitToReadAsync(client.Deadline))
            {
                while (stream.Frames.TryRead(out SseFrame frame))
                {
                    if (frame.Kind == SseFrameKind.Event)
                    {
                        events.Add($"{Encoding.UTF8.GetString(frame.EventType)}: {frame.GetText()}");
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The cut; what came before it is what counts.
        }

        return [.. events];
    }

    /// <summary>Where each event of a recorded stream is complete: behind the blank line after its data.</summary>
    private static IEnumerable<int> Ends(string answer)
    {
        for (int data = answer.IndexOf("\ndata:", StringComparison.Ordinal); data >= 0; data = answer.IndexOf(
            "\ndata:", data + 1, StringComparison.Ordinal))
        {
            yield return answer.IndexOf("\n\n", data, StringComparison.Ordinal) + 2;
        }
    }
}
