using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>The downlink's log lines.</summary>
internal static partial class DownlinkLog
{
    public static void SyncFailed(ILogger logger, SyncReason reason, string error) =>
        SyncFailed(logger, DownlinkWords.Of(reason), error);

    public static void StatusChanged(ILogger logger, DownlinkStatus status)
    {
        string route = DownlinkWords.Of(status.Routes);
        string state = DownlinkWords.Of(status.State);
        if (status.Server is { } server)
        {
            StatusChangedOnMirror(logger, state, route, server, status.Reason);
        }
        else
        {
            StatusChanged(logger, state, route, status.Reason);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The downlink is {State}, route {Route}: {Reason}")]
    public static partial void StatusChanged(ILogger logger, string state, string route, string reason);

    [LoggerMessage(9, LogLevel.Information, "The downlink is {State}, route {Route}, on {Mirror}: {Reason}")]
    public static partial void StatusChangedOnMirror(ILogger logger, string state, string route, Uri mirror, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The control {Action} for task '{TaskId}', id '{ControlId}', failed")]
    public static partial void ControlFailed(ILogger logger, string action, string taskId, string controlId, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "A command event was dropped because its payload does not parse: {Reason}")]
    public static partial void CommandDropped(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Warning, "The sync failed (reason: {Reason}): {Error}")]
    private static partial void SyncFailed(ILogger logger, string reason, string error);

    [LoggerMessage(5, LogLevel.Warning, "The shutdown timeout has passed: the last sync or control was abandoned")]
    public static partial void ShutdownTimedOut(ILogger logger);

    [LoggerMessage(6, LogLevel.Error, "The handler's {Notification} threw an exception")]
    public static partial void NotificationFailed(ILogger logger, string notification, Exception exception);

    [LoggerMessage(15, LogLevel.Error, "A {Exchange} failed with an error that is not the network's; the same error is not logged again")]
    public static partial void ExchangeFaulted(ILogger logger, string exchange, Exception exception);

    [LoggerMessage(16, LogLevel.Warning, "No sync for {Seconds:0.0} s, because the control plane asked for it or refuses the API key")]
    public static partial void SyncsWait(ILogger logger, double seconds);

    [LoggerMessage(7, LogLevel.Error, "The state file was not written; a restart may apply controls again: {Reason}")]
    public static partial void LedgerNotWritten(ILogger logger, string reason);

    [LoggerMessage(8, LogLevel.Warning, "{Path}: line {Line} (and {More} more) does not parse and is skipped: {Reason}")]
    public static partial void LedgerLinesDropped(ILogger logger, string path, int line, int more, string reason);

    [LoggerMessage(20, LogLevel.Warning, "The API key file '{Path}' cannot be used: {Reason}; the previous key stays in use")]
    public static partial void KeyFileUnusable(ILogger logger, string path, string reason);

    [LoggerMessage(21, LogLevel.Information, "The API key file '{Path}' can be used again")]
    public static partial void KeyFileUsable(ILogger logger, string path);

    [LoggerMessage(
        13,
        LogLevel.Warning,
        "The application's PrepareSyncAsync takes longer than {Seconds} s; the sync is sent with the members of the previous one")]
    public static partial void PrepareIsSlow(ILogger logger, double seconds);

    [LoggerMessage(18, LogLevel.Warning, "The application's OnSyncedAsync takes longer than {Seconds} s; no sync is made until it ends")]
    public static partial void SyncedIsSlow(ILogger logger, double seconds);

    [LoggerMessage(19, LogLevel.Warning, "An event of type '{EventType}' failed")]
    public static partial void EventFailed(ILogger logger, string eventType, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "The application's notification handlers take too long; {Count} notifications were skipped")]
    public static partial void NotificationsLeftOut(ILogger logger, long count);

    [LoggerMessage(17, LogLevel.Warning, "The control plane did not store the acknowledgements; they are sent again")]
    public static partial void NotAcknowledged(ILogger logger);
}
