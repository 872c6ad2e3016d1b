using Microsoft.Extensions.Logging;

namespace Unarr.Agent.Running;

/// <summary>Hands out one logger, whatever its category.</summary>
internal sealed class StandardErrorLoggers(StandardErrorLogger logger) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => logger;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
