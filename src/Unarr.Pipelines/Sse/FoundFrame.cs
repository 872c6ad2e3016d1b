namespace Unarr.Pipelines.Sse;

/// <summary>A frame by its places: offsets into the segment, or one of the constants.</summary>
internal struct FoundFrame
{
    /// <summary>The event is what the fields' values hold.</summary>
    public const int InFields = -1;

    /// <summary>The comment is the line that was carried.</summary>
    public const int InCarry = -2;

    /// <summary>The event was joined with others in one buffer: it begins there at this constant less <see cref="Start"/>.</summary>
    public const int InJoined = -3;

    public SseFrameKind Kind;
    public int Start;
    public int Length;
    public int Type;
    public int TypeLength;
}
