namespace Unarr.Agents.Hub.Nats;

/// <summary>The log lines of a node of a fleet.</summary>
internal static partial class FleetLog
{
    [LoggerMessage(100, LogLevel.Warning, "What is known of '{Bucket}' may be behind: {Reason}")]
    public static partial void BucketBehind(ILogger logger, string bucket, string reason);

    [LoggerMessage(101, LogLevel.Information, "What is known of '{Bucket}' is whole")]
    public static partial void BucketWhole(ILogger logger, string bucket);

    [LoggerMessage(102, LogLevel.Debug, "A watch of '{Bucket}' was not ended at the server")]
    public static partial void WatchNotDeleted(ILogger logger, Exception exception, string bucket);

    [LoggerMessage(103, LogLevel.Debug, "Controls that ended were not moved to the stream of ended ones: it is tried again")]
    public static partial void EndedNotPublished(ILogger logger, Exception exception);

    [LoggerMessage(110, LogLevel.Information,
        "Node {Node} uses nats-server {Version}, {Replicas} replicas; {Documents} agents have pending controls; sync: {Sync}")]
    public static partial void NodeStarted(ILogger logger, string node, string version, int replicas, int documents, string sync);

    [LoggerMessage(111, LogLevel.Warning,
        "JetStream keeps the controls on {Replicas} server(s): with fewer than 3, one server's loss may stop the fleet or lose controls")]
    public static partial void FewReplicas(ILogger logger, int replicas);

    [LoggerMessage(112, LogLevel.Debug, "JetStream was not read")]
    public static partial void NotRead(ILogger logger, Exception exception);

    [LoggerMessage(113, LogLevel.Error, "The pending controls of agent {Agent} are not delivered: {Reason}")]
    public static partial void Unreadable(ILogger logger, string agent, string reason);

    [LoggerMessage(114, LogLevel.Warning, "'{Bucket}' is another bucket than before: it is read from its beginning")]
    public static partial void OtherBucket(ILogger logger, string bucket);

    [LoggerMessage(115, LogLevel.Warning,
        "The NATS servers sync what they store: {Sync}. A loss of power may lose pushes that were accepted: set sync_interval: always")]
    public static partial void NotSynced(ILogger logger, string sync);

    [LoggerMessage(120, LogLevel.Debug, "The other nodes were not reached")]
    public static partial void NodesNotReached(ILogger logger, Exception exception);
}
