namespace Unarr.Pipelines.AspNetCore;

/// <summary>Why an event stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>It has not ended.</summary>
    None = 0,

    /// <summary>All its events are written.</summary>
    Completed = 1,

    /// <summary>The client has gone.</summary>
    Gone = 2,

    /// <summary>The server stops.</summary>
    Stopping = 3,

    /// <summary>The reader took nothing for two heartbeats.</summary>
    Stuck = 4,

    /// <summary>More events waited for the reader than may.</summary>
    Overflow = 5,

    /// <summary>The application's code threw an exception.</summary>
    Failed = 6,
}
