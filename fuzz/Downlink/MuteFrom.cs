namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>From when on nothing of a stream gets through.</summary>
internal enum MuteFrom
{
    Never = 0,

    /// <summary>Not even the headers come.</summary>
    Headers,

    /// <summary>The headers come, no frame does.</summary>
    Start,

    /// <summary>The first comment comes, nothing after it does.</summary>
    Greeting,
}
