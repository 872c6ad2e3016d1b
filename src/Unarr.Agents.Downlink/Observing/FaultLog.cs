using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>Logs the faults of exchanges with their stacks, each once: an exchange that is tried again for days throws the same again.
/// Thread-safe.</summary>
internal sealed class FaultLog(ILogger logger)
{
    private const int MaxRemembered = 64;

    private readonly Lock _gate = new();
    private readonly HashSet<(Type Type, string? Stack)> _logged = [];

    public void Note(string exchange, Exception exception)
    {
        lock (_gate)
        {
            if (_logged.Count >= MaxRemembered || !_logged.Add((exception.GetType(), exception.StackTrace)))
            {
                return;
            }
        }

        DownlinkLog.ExchangeFaulted(logger, exchange, exception);
    }
}
