using Microsoft.Extensions.Logging;
using Unarr.Agent.Terminal;

namespace Unarr.Agent.Running;

/// <summary>Warnings and errors as one line each on standard error. What is merely informative goes to standard output anyway.</summary>
internal sealed class StandardErrorLogger(TextWriter error) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and < LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            string level = logLevel == LogLevel.Warning ? "warning" : "error";
            string cause = exception is null ? "" : $": {exception.Message}";
            error.WriteLine(OneLine.Of($"{level}: {formatter(state, exception)}{cause}"));
        }
    }
}
