using Microsoft.Extensions.Logging.Console;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Logs on standard error, a line each: standard output is for results.</summary>
internal static class StandardErrorLog
{
    /// <summary>One line of text each.</summary>
    public const string Plain = PlainLogFormatter.Formatter;

    /// <summary>One JSON object a line.</summary>
    public const string Json = ConsoleFormatterNames.Json;

    public static void Add(ILoggingBuilder logging, LogLevel level, string format)
    {
        logging.SetMinimumLevel(level);

        // The framework's own lines tell of each request; ours tell what happened.
        logging.AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning);

        // A start that fails is reported by the command, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddJsonConsole(json =>
        {
            json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            json.UseUtcTimestamp = true;
        });
        logging.Services.AddSingleton<ConsoleFormatter, PlainLogFormatter>();
        logging.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.FormatterName = format;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
    }
}
