namespace Unarr.ControlPlane.Hosting;

/// <summary>Leaves signals alone: they belong to the process, and a host may be one of several in it.</summary>
internal sealed class NoSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
