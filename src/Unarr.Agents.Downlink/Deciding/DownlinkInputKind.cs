namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What can happen to a downlink.</summary>
internal enum DownlinkInputKind
{
    Start,

    /// <summary>The response headers of a stream came.</summary>
    StreamOpened,

    /// <summary>One or more frames came on the stream.</summary>
    Frames,

    /// <summary>The stream could not be opened, or has ended.</summary>
    StreamEnded,

    /// <summary>The stream's reader waits for the handler: silence is not the stream's.</summary>
    HandlerBusy,

    /// <summary>The reader goes on.</summary>
    HandlerFree,

    PollAnswered,
    PollFailed,

    /// <summary>A sync succeeded: the control plane can be reached.</summary>
    Synced,

    /// <summary>A sync was answered that this agent is gone (410, or an error code that says so).</summary>
    SyncRefused,

    /// <summary>An API key is accepted after another one was refused.</summary>
    KeyAccepted,

    /// <summary>The application wants no wait any longer.</summary>
    RetryNow,

    /// <summary>The machine's due time has come.</summary>
    Due,

    Shutdown,
}
