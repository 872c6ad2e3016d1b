using System.Globalization;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>How much is measured.</summary>
/// <param name="Agents">How many agents are connected.</param>
/// <param name="Documents">How many agents have a pending control when a node starts.</param>
/// <param name="Pushes">How many single pushes there are.</param>
/// <param name="Rounds">How often the rest is measured, in turns.</param>
/// <param name="Round">How long one such round takes, where nothing else ends it.</param>
/// <param name="SyncInterval">How often an idle agent syncs.</param>
internal sealed record FleetSize(int Agents, int Documents, int Pushes, int Rounds, TimeSpan Round, TimeSpan SyncInterval)
{
    /// <summary>How often each idle agent syncs while the messages are counted.</summary>
    public const int Syncs = 6;

    /// <summary>The least that goes through everything.</summary>
    public static readonly FleetSize Dry = new(30, 3000, 10, 1, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.5));

    public static FleetSize Of(string? agents) => new(
        int.Parse(agents ?? "10000", CultureInfo.InvariantCulture), 100_000, 300, 3, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10));
}
