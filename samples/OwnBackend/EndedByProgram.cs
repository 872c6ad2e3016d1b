namespace Unarr.Samples.OwnBackend;

/// <summary>The lifetime of a host that heeds no signal: the program decides which of its two hosts stops first.</summary>
internal sealed class EndedByProgram : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
