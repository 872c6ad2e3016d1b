using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Keeps every log line, exceptions in full.</summary>
internal sealed class CapturingLogger : ILogger<AgentDownlink>
{
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>The event whose logging fails.</summary>
    public int FailsAt { get; set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
        if (eventId.Id == FailsAt)
        {
            throw new InvalidOperationException("The log is broken.");
        }
    }
}
