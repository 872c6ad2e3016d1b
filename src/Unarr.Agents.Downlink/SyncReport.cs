using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink;

/// <summary>How one sync went.</summary>
public sealed class SyncReport
{
    private BoundedBody? _received;
    private SyncBody? _answer;

    /// <summary>Why the sync was made.</summary>
    public SyncReason Reason { get; init; }

    /// <summary>How many controls its answer held; 0 when it failed.</summary>
    public int ControlCount { get; init; }

    /// <summary>Whether somebody is watching, so that syncs come at <see cref="DownlinkOptions.SyncIntervalWatching"/>.</summary>
    public bool Watching { get; init; }

    /// <summary>The whole answer, with the application's own members; <see langword="null"/> when the sync failed. It is valid until
    /// <see cref="DownlinkHandler.OnSyncedAsync"/> ends; a later use throws. Nothing is allocated for it until it is asked for.</summary>
    public SyncBody? Answer
    {
        get => _answer ??= _received is { } received ? SyncBody.Over(received.Bytes) : null;
        init => _answer = value;
    }

    /// <summary>What went wrong; <see langword="null"/> when nothing did. Where the application's
    /// <see cref="DownlinkHandler.PrepareSyncAsync"/> threw, that is the inner exception.</summary>
    public DownlinkException? Error { get; init; }

    /// <summary>How long no further sync is made, because the control plane asked for that or refuses the API key;
    /// zero as a rule.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the sync succeeded.</summary>
    public bool Succeeded => Error is null;

    /// <summary>The answer's bytes.</summary>
    internal BoundedBody? Received
    {
        init => _received = value;
    }

    /// <summary>The application's call has ended, or is not waited for any more: the answer is not valid from now on.</summary>
    internal void End(bool isAbandoned)
    {
        BoundedBody? received = _received;
        _received = null;
        _answer?.End(isAbandoned);
        _answer = received is null ? _answer : _answer ?? SyncBody.Ended;
        if (!isAbandoned)
        {
            received?.Dispose();
        }
    }
}
