using Microsoft.Extensions.Hosting;

namespace Unarr.Agents.Hub.Keys;

/// <summary>Reads a key file at the host's start, and again when it changes.</summary>
internal sealed class AgentKeysService(
    AgentKeyRing ring, string file, byte[] content, TimeProvider time, ILogger<KeyFileWatch> logger) : IHostedService, IDisposable
{
    private KeyFileWatch? _watch;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watch = new KeyFileWatch(file, content, ring.Use, logger, time);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _watch?.Dispose();
}
