using Microsoft.Extensions.Logging;

namespace Unarr.Agent.Terminal;

/// <summary>The agent's own log lines.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(150, LogLevel.Warning, "Nobody reads the output: lines are dropped")]
    public static partial void LinesDropped(ILogger logger);

    [LoggerMessage(151, LogLevel.Warning, "Nobody reads the output: its last lines were not written")]
    public static partial void LinesLeft(ILogger logger);

    [LoggerMessage(152, LogLevel.Warning, "The health file '{File}' cannot be written: {Reason}")]
    public static partial void HealthUnwritten(ILogger logger, string file, string reason);
}
