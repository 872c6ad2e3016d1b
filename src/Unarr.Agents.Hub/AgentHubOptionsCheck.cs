using System.Globalization;
using System.Runtime.CompilerServices;
using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub;

/// <summary>Checks options.</summary>
internal static class AgentHubOptionsCheck
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(28);

    /// <summary>All that is wrong, in the order of the properties: each begins with the property's name.</summary>
    public static IEnumerable<string> Problems(AgentHubOptions options)
    {
        string?[] found =
        [
            string.IsNullOrEmpty(options.AgentIdClaim) ? $"{nameof(options.AgentIdClaim)} must not be empty." : null,
            Duration(options.Heartbeat, Shortest, Longest),
            Duration(options.WakeHold, Shortest, LongestHold),
            Number(options.MaxPendingControls, 1, QueueSize.MaxControls),
            Number(options.MaxEndedControls, ControlStore.MinEnded, ControlStore.MostEnded),
            Number(options.MaxSyncBytes, 256, 64 * 1024 * 1024),
            Duration(options.DrainTime, TimeSpan.Zero, Longest),
        ];
        return found.OfType<string>();
    }

    private static string? Duration(
        TimeSpan value, TimeSpan least, TimeSpan most, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= least && value <= most ? null : $"{Property(name)} must be {least} to {most}, and is {value}.";

    private static string? Number(int value, int least, int most, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= least && value <= most ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Property(name)} must be {least} to {most}, and is {value}.");

    private static string Property(string expression) => expression[(expression.LastIndexOf('.') + 1)..];
}
