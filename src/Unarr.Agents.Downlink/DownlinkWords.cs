namespace Unarr.Agents.Downlink;

/// <summary>The words for the enums' values, in output, logs, metrics and traces alike.</summary>
internal static class DownlinkWords
{
    public static string Of(ControlRoute route) => route switch
    {
        ControlRoute.Stream => "sse",
        ControlRoute.Sync => "sync",
        _ => "unknown",
    };

    public static string Of(DownlinkRoutes routes) => routes switch
    {
        DownlinkRoutes.Stream => "sse",
        DownlinkRoutes.LongPoll => "poll",
        DownlinkRoutes.Stream | DownlinkRoutes.LongPoll => "sse+poll",
        _ => "none",
    };

    public static string Of(DownlinkMode mode) => mode switch
    {
        DownlinkMode.Stream => "sse",
        DownlinkMode.LongPoll => "poll",
        _ => "auto",
    };

    public static string Of(DownlinkState state) => state switch
    {
        DownlinkState.Connecting => "connecting",
        DownlinkState.Live => "live",
        DownlinkState.Suspect => "suspect",
        DownlinkState.Probing => "probing",
        DownlinkState.Polling => "polling",
        DownlinkState.Waiting => "waiting",
        DownlinkState.Unauthorized => "unauthorized",
        DownlinkState.Stopped => "stopped",
        DownlinkState.Refused => "refused",
        _ => "idle",
    };

    public static string Of(SyncReason reason) => reason switch
    {
        SyncReason.Start => "start",
        SyncReason.Interval => "interval",
        SyncReason.Watching => "watching",
        SyncReason.Event => "event",
        SyncReason.Wake => "wake",
        SyncReason.Reconnect => "reconnect",
        SyncReason.Acknowledge => "acknowledge",
        SyncReason.Requested => "requested",
        SyncReason.Shutdown => "shutdown",
        _ => "unknown",
    };
}
