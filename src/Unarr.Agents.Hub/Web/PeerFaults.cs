using System.Net;
using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Web;

/// <summary>Logs what is wrong with peers' requests: short lines without a stack, at most one a second.</summary>
internal sealed class PeerFaults : IDisposable
{
    private readonly ILogger<PeerFaults> _logger;
    private readonly RatedLine _line;

    public PeerFaults(TimeProvider time, ILogger<PeerFaults> logger)
    {
        _logger = logger;
        _line = new RatedLine((line, count) => HubLog.PeerFault(_logger, line, count), time);
    }

    /// <summary>Notes a request that could not be read.</summary>
    /// <param name="address">Where it came from.</param>
    /// <param name="fault">What is wrong with it.</param>
    public void Report(IPAddress? address, Exception fault) => _line.Write($"{address}: {Printable.Text(fault.Message)}");

    public void Dispose() => _line.Dispose();
}
