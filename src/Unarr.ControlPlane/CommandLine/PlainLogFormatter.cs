using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Unarr.Agents.Hub.Lines;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Formats what is logged as one line for people: no part of it can end the line or move a cursor.</summary>
internal sealed class PlainLogFormatter() : ConsoleFormatter(Formatter)
{
    public const string Formatter = "plain";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        string time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        string line = $"{time} {NameOf(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {message}";
        textWriter.Write(Printable.Line(logEntry.Exception is { } exception ? $"{line} {exception}" : line) + "\n");
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
