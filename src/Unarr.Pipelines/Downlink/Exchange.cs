namespace Unarr.Pipelines.Downlink;

/// <summary>A stream or poll under way: its task and the way to end it.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    public Exchange(Func<CancellationToken, Task> run) => Ended = Task.Run(() => run(_cancellation.Token));

    /// <summary>Ends when the exchange has closed all it had opened; never faults.</summary>
    public Task Ended { get; }

    /// <summary>Ends the exchange without waiting for it.</summary>
    public void Cancel() => _ = _cancellation.CancelAsync();

    public void Dispose() => _cancellation.Dispose();
}
