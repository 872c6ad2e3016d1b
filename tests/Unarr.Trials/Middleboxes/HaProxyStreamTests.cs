using Unarr.EndToEnd.Tests.Strangers;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>The client behind an HAProxy that cuts what is silent for 10 seconds.</summary>
public sealed class HaProxyStreamTests
{
    private const int EachConnection = 10;

    [SkippableFact]
    public async Task Stream_that_is_cut_when_silent_loses_no_event_and_gives_none_twice()
    {
        Needs.Program(HaProxy.Program);
        await using StreamServer server = await StreamServer.StartAsync(static async (context, _) =>
        {
            await NumberedStream.SendAsync(context, NumberedStream.After(context) + 1, EachConnection);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using HaProxy proxy = await HaProxy.StartAsync(server.Address, TimeSpan.FromSeconds(10));
        await using SseClient client = new(new Uri(proxy.Address, "stream"), new SseClientOptions { ReconnectDelay = TimeSpan.Zero });

        await NumberedStream.AssertAsync(client, 1, 3 * EachConnection);
        Assert.Equal(3, server.Requests("/stream"));
        Assert.Equal(SseError.Interrupted, client.LastFailure?.Error);
    }
}
