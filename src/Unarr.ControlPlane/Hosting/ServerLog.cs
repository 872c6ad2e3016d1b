using Unarr.Agents.Hub.Lines;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Hands on what the web server logs. What peers can cause is a short line without a stack, at most one a second.</summary>
/// <remarks>What keeps the server from serving at all is handed on whole.</remarks>
internal sealed class ServerLog : ILoggerProvider, ILogger
{
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel";

    // Whoever logs requests gets an activity made for each, which is in memory as long as a stream is open, and so are scopes.
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";

    private readonly ILogger<ServerLog> _logger;
    private readonly RatedLine _line;

    public ServerLog(ILogger<ServerLog> logger, TimeProvider time)
    {
        _logger = logger;
        _line = new RatedLine((line, count) => ControlPlaneLog.WebServer(_logger, line, count), time);
    }

    /// <summary>Leaves the server's own lines to this log alone.</summary>
    public static void Filter(ILoggingBuilder logging)
    {
        logging.Services.Configure<LoggerFilterOptions>(static filter => filter.CaptureScopes = false);
        logging.AddFilter(Category, LogLevel.None)
            .AddFilter(Requests, LogLevel.None)
            .AddFilter<ServerLog>(null, LogLevel.None)
            .AddFilter<ServerLog>(Category, LogLevel.Warning);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string message = Printable.Text(formatter(state, exception));
        if (logLevel == LogLevel.Critical)
        {
            ControlPlaneLog.WebServerStopped(_logger, exception, message);
        }
        else if (exception is null)
        {
            _line.Write(message);
        }
        else
        {
            _line.Write($"{message} {exception.GetType().Name}: {Printable.Text(exception.Message)}");
        }
    }

    public void Dispose() => _line.Dispose();
}
