namespace Unarr.Pipelines.Sse;

/// <summary>The attempt that a request is made for.</summary>
public sealed class SseAttempt
{
    /// <summary>Which attempt it is, from 1. A redirect that is followed belongs to its attempt, and asks for another request.</summary>
    public int Number { get; init; } = 1;

    /// <summary>What the client will send as <c>Last-Event-ID</c>; "" when it sends none.</summary>
    public string LastEventId { get; init; } = "";

    /// <summary>What ended the attempt before; <see langword="null"/> at the first attempt and after a proper end.</summary>
    public SseException? Failure { get; init; }
}
