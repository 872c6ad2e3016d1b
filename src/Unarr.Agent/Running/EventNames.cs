using Unarr.Pipelines.Downlink;

namespace Unarr.Agent.Running;

/// <summary>The words that the output uses.</summary>
internal static class EventNames
{
    public static string Of(ControlSource source) => source == ControlSource.Sse ? "sse" : "sync";

    public static string Of(DownlinkRoute route) => route switch
    {
        DownlinkRoute.Sse => "sse",
        DownlinkRoute.Poll => "poll",
        DownlinkRoute.Sse | DownlinkRoute.Poll => "sse+poll",
        _ => "none",
    };

    public static string Of(DownlinkState state) => Lower(state);

    /// <summary>A sync that acknowledges is the next one, brought forward: scripts know the words that were there before it.</summary>
    public static string Of(SyncReason reason) => Lower(reason == SyncReason.Acknowledge ? SyncReason.Interval : reason);

    /// <summary>A mirror as it is given to <c>--server</c>.</summary>
    public static string Of(Uri mirror) => mirror.AbsoluteUri.TrimEnd('/');

    private static string Lower<T>(T value)
        where T : struct, Enum => Enum.GetName(value)!.ToLowerInvariant();
}
