using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>An nginx that holds streams back, and one that lets them through.</summary>
public sealed class NginxTests
{
    private const int Commands = 100;

    [SkippableFact]
    public async Task Buffering_nginx_is_noticed_and_every_command_comes_by_the_long_poll_once()
    {
        Needs.Program(Nginx.Program);
        await using ServedControlPlane controlPlane = await ServedControlPlane.StartAsync();
        (Nginx nginx, Uri address) = await Nginx.StartAsync(
            controlPlane.Address, "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; gzip on; gzip_proxied any; gzip_types *;");
        await using Nginx _ = nginx;

        // No sync at an interval: what comes is pushed.
        await using AgentProcess agent = ServedControlPlane.StartAgent([address], "--first-frame-grace", "500ms", "--sync-interval", "1h");
        JsonElement route = await agent.UntilRouteAsync("poll", "suspect");
        Assert.StartsWith(
            "no frame 0.5 s after the attempt began; the long-poll starts", route.GetProperty("reason").GetString(),
            StringComparison.Ordinal);

        string[] pushed = await controlPlane.PushAsync(Commands);
        await agent.UntilAsync(() => agent.Tasks.Count >= Commands);
        await agent.EndAsync();

        Assert.Equal(pushed.Order(), agent.Tasks.Order());
        Assert.DoesNotContain(agent.Of("sync"), line => line.GetProperty("reason").GetString() == "interval");
    }

    [SkippableFact]
    public async Task Nginx_that_is_told_not_to_buffer_leaves_the_stream_alone()
    {
        Needs.Program(Nginx.Program);
        await using ServedControlPlane controlPlane = await ServedControlPlane.StartAsync();
        (Nginx nginx, Uri address) = await Nginx.StartAsync(controlPlane.Address, "gzip on; gzip_proxied any; gzip_types *;");
        await using Nginx _ = nginx;
        await using AgentProcess agent = ServedControlPlane.StartAgent([address], "--exit-after", StreamWatch.Duration);

        await StreamWatch.AssertStaysAsync(controlPlane, agent);
        IReadOnlyList<NginxRequest> requests = await nginx.EndAndReadLogAsync();

        Assert.Single(requests, request => request.Path.EndsWith("/events", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, request => request.Path.EndsWith("/wake", StringComparison.Ordinal));
    }
}
