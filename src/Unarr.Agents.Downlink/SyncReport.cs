using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink;

/// <summary>The result of one sync.</summary>
public sealed class SyncReport
{
    private BoundedBody? _received;
    private SyncBody? _answer;

    /// <summary>The reason for which the sync was made.</summary>
    public SyncReason Reason { get; init; }

    /// <summary>The number of controls in the answer; 0 when the sync failed.</summary>
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

    /// <summary>The failure; <see langword="null"/> when the sync succeeded. When the application's
    /// <see cref="DownlinkHandler.PrepareSyncAsync"/> threw, its exception is the inner exception.</summary>
    public DownlinkException? Error { get; init; }

    /// <summary>How long the downlink makes no further sync, because the control plane asked for that or refuses the API key;
    /// otherwise zero.</summary>
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
