using System.Diagnostics;
using System.Reflection;

namespace Unarr.Agents.Downlink;

/// <summary>The activity source of all downlinks. Each stream, each handled control and each sync is an activity.</summary>
/// <remarks>
/// Streams live long, so what they bring is linked to them and is not a part of them: each control and each sync is a trace of its own.
/// </remarks>
public static class DownlinkActivities
{
    /// <summary>The name of the activity source: <c>Unarr.Pipelines</c>.</summary>
    public const string SourceName = "Unarr.Pipelines";

    /// <summary>The library's version, without the source's revision.</summary>
    internal static string Version { get; } =
        typeof(DownlinkActivities).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split(
            '+')[0] ?? "";

    internal static ActivitySource Source { get; } = new(SourceName, Version);
}
