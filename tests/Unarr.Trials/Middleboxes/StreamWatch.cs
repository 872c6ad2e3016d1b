using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>Watches a stream that has no reason to be left.</summary>
internal static class StreamWatch
{
    /// <summary>How long the agent runs: 2 minutes when there is the time for it.</summary>
    public static string Duration => Environment.GetEnvironmentVariable("UNARR_LONG_TESTS") == "1" ? "2m" : "20s";

    /// <summary>The agent stays on its first stream until it ends by itself, and what is pushed comes on it.</summary>
    public static async Task AssertStaysAsync(ServedControlPlane controlPlane, AgentProcess agent)
    {
        await agent.UntilRouteAsync("sse", "live");

        // The sync at the change of route would bring what is pushed before it.
        await agent.UntilAsync(() => agent.Of("sync").Any(line => line.GetProperty("reason").GetString() == "reconnect"));
        string[] pushed = await controlPlane.PushAsync(10);
        await agent.EndedAsync();

        Assert.Equal(pushed, agent.Tasks);

        // The sync that acknowledges the first may bring those that were pushed meanwhile.
        Assert.Equal("sse", agent.Of("control").First().GetProperty("via").GetString());
        Assert.Equal(["live"], agent.Of("route").Where(line => line.GetProperty("route").GetString() != "none").Select(State));

        static string State(JsonElement line) => line.GetProperty("state").GetString() == "live" ? "live" : line.ToString();
    }
}
