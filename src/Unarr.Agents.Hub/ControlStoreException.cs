namespace Unarr.Agents.Hub;

/// <summary>A store cannot be opened, read or written. What needs it is answered with 503, and nothing is acknowledged.</summary>
/// <param name="message">Why, as the end of a sentence about the store: "the disk is full". Without names of files and without a point:
/// whoever asks the hub for something may read it.</param>
/// <param name="innerException">What the store met.</param>
public sealed class ControlStoreException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The ids of the controls of a push of which it is not known whether they are queued; empty when none was queued. A push
    /// that is repeated with the same <see cref="PushRequest.IdempotencyKey"/> has the first outcome.</summary>
    public IReadOnlyList<string> ControlIds { get; init; } = [];
}
