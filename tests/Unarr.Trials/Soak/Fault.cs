namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>A fault while it lasts.</summary>
/// <param name="Kind">What is done to the connections.</param>
/// <param name="Lateness">How late a piece comes under <see cref="FaultKind.Delay"/>.</param>
internal sealed record Fault(FaultKind Kind, TimeSpan Lateness)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Fault None { get; } = new(FaultKind.None, TimeSpan.Zero);

    public Task Ended => _ended.Task;

    public void End() => _ended.TrySetResult();
}
