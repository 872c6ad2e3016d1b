using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>Where <c>run</c> reports what happens. Reporting never waits for who reads it.</summary>
internal interface IAgentOutput
{
    /// <summary>Completes when nothing can be reported any more; faults when that is an error.</summary>
    Task Ended { get; }

    /// <summary>Reports a control, before it is applied.</summary>
    void Control(Control control, ControlRoute source, TimeSpan at);

    /// <summary>Reports how a control went.</summary>
    void Result(ControlResult result, TimeSpan at);

    void Synced(SyncReport report, TimeSpan at);

    void RouteChanged(DownlinkStatus status, TimeSpan at);

    /// <summary>Writes what is at hand, for a moment, and ends.</summary>
    /// <exception cref="IOException">The output could not be written.</exception>
    Task EndAsync();
}
