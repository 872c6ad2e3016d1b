using Unarr.Agents.Downlink;

namespace Unarr.Agent.Output;

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

    public static string Of(SyncReason reason) => Lower(reason);

    /// <summary>A mirror as it is given to <c>--server</c>.</summary>
    public static string Of(Uri mirror) => mirror.AbsoluteUri.TrimEnd('/');

    private static string Lower<T>(T value)
        where T : struct, Enum => Enum.GetName(value)!.ToLowerInvariant();
}
