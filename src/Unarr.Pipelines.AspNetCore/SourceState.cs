namespace Unarr.Pipelines.AspNetCore;

/// <summary>What an event source did when its stream had room.</summary>
internal enum SourceState
{
    None = 0,

    /// <summary>It wrote something: it is to be asked again after the flush.</summary>
    Wrote = 1,

    /// <summary>It has nothing now: it wakes the stream when it has.</summary>
    Empty = 2,

    /// <summary>It wrote nothing and never will again.</summary>
    Ended = 3,
}
