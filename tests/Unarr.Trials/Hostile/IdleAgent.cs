namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>How much memory an agent has whose control plane does it no harm.</summary>
public sealed class IdleAgent : IAsyncLifetime
{
    /// <summary>How long an agent is watched.</summary>
    public static TimeSpan Watched { get; } = TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("UNARR_LONG_TESTS") == "1" ? 30 : 2.5);

    /// <summary>The most it had, in bytes.</summary>
    public long ResidentBytes { get; private set; }

    public async Task InitializeAsync()
    {
        if (OperatingSystem.IsLinux())
        {
            await using HostileServer server = new();
            await using AttackedAgent agent = new(server.Address);
            ResidentBytes = await agent.WatchAsync(Watched);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
