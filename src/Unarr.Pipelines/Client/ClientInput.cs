namespace Unarr.Pipelines.Sse;

/// <summary>Something that happens to a client, with its time.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="At">When, from the making of the client on.</param>
internal readonly record struct ClientInput(ClientInputKind Kind, TimeSpan At)
{
    /// <summary>How the attempt ended.</summary>
    public AttemptEnd End { get; init; }

    /// <summary>Whether the request may be sent again: at a request that was made, and at an end for that of the attempt.</summary>
    public bool MayBeSentAgain { get; init; }

    /// <summary>Whether the attempt brought an event.</summary>
    public bool BroughtEvents { get; init; }

    /// <summary>Whether it brought one with a new id.</summary>
    public bool BroughtNewId { get; init; }

    /// <summary>The reconnection time, or what an answer asked for.</summary>
    public TimeSpan Asked { get; init; }

    /// <summary>When the last event before a comment came.</summary>
    public TimeSpan? LastEvent { get; init; }

    /// <summary>Uniform in [0, 1).</summary>
    public double Random { get; init; }
}
