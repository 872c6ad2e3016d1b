using System.Globalization;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Client;

/// <summary>What holds of a whole client, over a server that cuts its streams anywhere and goes on after the last event id.</summary>
public sealed class ResumeProperties
{
    [Many(1_500, EndSize = 60)]
    public async Task No_event_is_lost_and_none_comes_twice_and_an_id_is_sent_when_its_event_was_taken(byte[] choices, byte count)
    {
        int events = count % 40;
        using var server = new ResumingServer(events, choices ?? []);
        using var http = new HttpMessageInvoker(server);
        await using var client = new SseClient(
            http,
            new Uri("http://host/"),
            new SseClientOptions
            {
                EndMarker = "[DONE]",
                MaxAttempts = int.MaxValue,
                IdleTimeout = Timeout.InfiniteTimeSpan,
                ResponseTimeout = Timeout.InfiniteTimeSpan,
            },
            new ImmediateTime());
        List<int> taken = [];
        int asked = 0;
        while (await client.WaitToReadAsync())
        {
            for (; asked < server.Asked.Count; asked++)
            {
                // Between two requests every event of the earlier stream was taken.
                Assert.Equal(taken.Count == 0 ? "" : $"{taken[^1]}", server.Asked[asked]);
            }

            while (client.TryRead(out SseFrame frame))
            {
                if (frame.Kind == SseFrameKind.Event)
                {
                    Assert.Equal(taken.Count == 0 ? "" : $"{taken[^1]}", client.LastEventId);
                    taken.Add(int.Parse(frame.Data, CultureInfo.InvariantCulture));
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, taken.Count), taken);
        Assert.True(taken.Count == events || server.Asked.Count > ResumingServer.MostRequests);
        Assert.False(server.WasConcurrent);
    }
}
