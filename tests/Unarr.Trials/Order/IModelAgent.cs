namespace Unarr.EndToEnd.Tests.Order;

/// <summary>An agent that the model judges.</summary>
internal interface IModelAgent : IAsyncDisposable
{
    string Id { get; }

    /// <summary>The controls that reached its handler at least once.</summary>
    IReadOnlyCollection<int> Handled { get; }

    void Start();

    Task KillAsync();

    /// <summary>What it applied out of order or twice; <see langword="null"/> when nothing.</summary>
    string? Fault();
}
