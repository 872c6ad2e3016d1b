namespace Unarr.Pipelines.Bench.Corpora;

/// <summary>The bytes of one pass over a stream. Each corpus ends with an event,
/// so that a reader that gives only events knows the end.</summary>
public sealed record Corpus(string Name, ReadOnlyMemory<byte> Bytes)
{
    private static int _count;

    /// <summary>What the times are divided by: events, or heartbeats where the corpus is made of them.</summary>
    public required int Events { get; init; }

    /// <summary>How many events an event reader gives in one pass.</summary>
    public required int Items { get; init; }

    /// <summary>How many frames a framer gives in one pass, comments and reconnection times included.</summary>
    public required int Frames { get; init; }

    /// <summary>How many of the frames are reconnection times, which one dialect does not know.</summary>
    public required int Retries { get; init; }

    /// <summary>The bytes of data of one pass.</summary>
    public required long DataBytes { get; init; }

    /// <summary>Whether the task ids of a payload are new each time: no reader has seen them.</summary>
    public bool HasNewTasks { get; init; }

    /// <summary>Where the corpus stands among the others.</summary>
    public int Order { get; } = Interlocked.Increment(ref _count);

    /// <summary>How often one operation goes over the bytes.</summary>
    public int Passes { get; init; } = 1;

    public override string ToString() => Name;
}
