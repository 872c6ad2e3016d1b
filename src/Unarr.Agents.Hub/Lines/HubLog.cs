namespace Unarr.Agents.Hub.Lines;

/// <summary>The log lines of the hub.</summary>
internal static partial class HubLog
{
    [LoggerMessage(1, LogLevel.Debug, "The client gave up its request for {Path}")]
    public static partial void ClientGone(ILogger logger, string path);

    [LoggerMessage(2, LogLevel.Error, "A request for {Path} failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string path);

    [LoggerMessage(3, LogLevel.Information, "Malformed request from {Fault} ({Count} since the last such line)")]
    public static partial void PeerFault(ILogger logger, string fault, int count);

    [LoggerMessage(10, LogLevel.Information, "Agent {Agent} opened an event stream (in place of an older one: {Replaced})")]
    public static partial void StreamOpened(ILogger logger, string agent, bool replaced);

    [LoggerMessage(11, LogLevel.Information, "An event stream of agent {Agent} ended (connection lost: {Lost})")]
    public static partial void StreamEnded(ILogger logger, string agent, bool lost);

    [LoggerMessage(12, LogLevel.Warning, "The key of agent {Agent} is used by an agent that calls itself {ReportedId}")]
    public static partial void OtherId(ILogger logger, string agent, string reportedId);

    [LoggerMessage(13, LogLevel.Debug, "What a sync of agent {Agent} handed out was not stored: {Reason}")]
    public static partial void HandOutNotStored(ILogger logger, string agent, string reason);

    [LoggerMessage(14, LogLevel.Warning, "The streams of agent {Agent} end each other: two agents seem to use its key")]
    public static partial void KeyShared(ILogger logger, string agent);

    [LoggerMessage(15, LogLevel.Warning, "A sync of agent {Agent} does not fit what the handler reads: {Reason}")]
    public static partial void SyncMisfits(ILogger logger, string agent, string reason);

    [LoggerMessage(16, LogLevel.Debug, "What a sync of agent {Agent} acknowledges is not stored yet: {Reason}")]
    public static partial void AckNotStored(ILogger logger, string agent, string reason);

    [LoggerMessage(20, LogLevel.Error, "The store cannot be used: {Reason}. What needs it is answered with 503 until it can.")]
    public static partial void StoreFailed(ILogger logger, Exception? exception, string reason);

    [LoggerMessage(21, LogLevel.Information, "The store can be used again")]
    public static partial void StoreWorks(ILogger logger);

    [LoggerMessage(22, LogLevel.Error, "Control {Control} of agent {Agent} is set aside and will not be delivered. {Reason}")]
    public static partial void ControlSetAside(ILogger logger, string control, string agent, string reason);

    [LoggerMessage(30, LogLevel.Error, "The handler failed in a call about agent {Agent}")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string agent);

    [LoggerMessage(31, LogLevel.Warning, "A call about agent {Agent} is left out: {Waiting} calls of the handler wait already")]
    public static partial void CallLeftOut(ILogger logger, string agent, int waiting);

    [LoggerMessage(32, LogLevel.Warning, "The other nodes cannot be heard: this node listens again in a second")]
    public static partial void NodesNotHeard(ILogger logger, Exception exception);

    [LoggerMessage(33, LogLevel.Warning,
        "The other nodes were not told of {Count} change(s): they find them a little later. The last one is of agent {Last}")]
    public static partial void NodesNotTold(ILogger logger, int count, string last);

    [LoggerMessage(34, LogLevel.Debug, "Controls of agent {Agent} that expire now are ended after the next start")]
    public static partial void ExpiryStopped(ILogger logger, string agent);

    [LoggerMessage(35, LogLevel.Error, "Controls of agent {Agent} that have expired could not be ended: it is tried again")]
    public static partial void ExpiryFailed(ILogger logger, Exception exception, string agent);

    [LoggerMessage(36, LogLevel.Warning, "A sync of agent {Agent} is refused: {Waiting} of them wait for the handler already")]
    public static partial void HandlerBusy(ILogger logger, string agent, int waiting);

    [LoggerMessage(37, LogLevel.Debug, "What is known of {Count} agents is not kept now: {Reason}")]
    public static partial void AgentsNotKept(ILogger logger, int count, string reason);

    [LoggerMessage(40, LogLevel.Information, "The keys of '{File}' were read again; agents with a key: {Agents}")]
    public static partial void KeysRead(ILogger logger, string file, int agents);

    [LoggerMessage(41, LogLevel.Error, "The key file '{File}' cannot be used, and the keys in use stay: {Reason}")]
    public static partial void KeysUnusable(ILogger logger, string file, string reason);
}
