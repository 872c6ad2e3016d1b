namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What becomes of one stream under the sequential rule.</summary>
public enum StreamFate
{
    /// <summary>It ends after a frame, within the liveness timeout: the only healthy one.</summary>
    Recycled = 0,

    /// <summary>It cannot be opened.</summary>
    Refused,

    /// <summary>It ends without a frame.</summary>
    Empty,

    /// <summary>It is opened and no frame comes.</summary>
    Mute,

    /// <summary>Frames come, and then no more.</summary>
    Silent,
}
