using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running;

/// <summary>Where <c>run</c> tells what happens.</summary>
internal interface IAgentOutput
{
    /// <summary>Ends when nothing can be told any more; faults when that is an error.</summary>
    Task Ended { get; }

    /// <summary>Tells of a control, before it is applied.</summary>
    Task ControlAsync(ControlAction control, ControlSource source, TimeSpan at, CancellationToken cancellationToken);

    void Synced(SyncReport report, TimeSpan at);

    void RouteChanged(DownlinkStatus status, TimeSpan at);

    /// <summary>Tells what is left to tell, and ends.</summary>
    /// <exception cref="IOException">The output could not be written.</exception>
    Task EndAsync();
}
