using System.Globalization;
using Unarr.Agent.Output;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Live;

/// <summary>What the view shows; times count from the agent's start.</summary>
internal sealed record LiveState
{
    public const int ShownControls = 5;

    /// <summary>Which agent it is, in words; empty for none.</summary>
    public string Agent { get; init; } = "";

    public DownlinkStatus Status { get; init; } = new() { State = DownlinkState.Connecting, Reason = "starting" };

    /// <summary>Since when route and state are what they are.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>When bytes last came on a stream, a heartbeat at least.</summary>
    public TimeSpan? Heard { get; init; }

    public long Bytes { get; init; }

    public long Controls { get; init; }

    /// <summary>Those that were given up.</summary>
    public long FailedControls { get; init; }

    public long Syncs { get; init; }

    public long FailedSyncs { get; init; }

    public long RouteChanges { get; init; }

    /// <summary>The last controls, the newest first.</summary>
    public IReadOnlyList<LiveControl> LastControls { get; init; } = [];

    public LiveState With(DownlinkStatus status, TimeSpan at) => this with
    {
        Status = status,
        Since = (status.Routes, status.State) == (Status.Routes, Status.State) ? Since : at,
        RouteChanges = RouteChanges + 1,
    };

    public LiveState With(SyncReport report) => this with { Syncs = Syncs + 1, FailedSyncs = FailedSyncs + (report.Succeeded ? 0 : 1) };

    public LiveState With(Control control, ControlRoute source, TimeSpan at) => this with
    {
        Controls = Controls + 1,
        LastControls =
            [new LiveControl(at, control.Action, control.TaskId, DownlinkWords.Of(source)), .. LastControls.Take(ShownControls - 1)],
    };

    /// <summary>The control that was tried is the last one: they come one at a time.</summary>
    public LiveState With(ControlResult result) => this with
    {
        FailedControls = FailedControls + (result is { Error: not null, WillRetry: false } ? 1 : 0),
        LastControls = [.. LastControls.Take(1).Select(last => last with { Failure = Failure(result) }), .. LastControls.Skip(1)],
    };

    public LiveState With(int bytes, TimeSpan at) => this with { Bytes = Bytes + bytes, Heard = at };

    private static string? Failure(ControlResult result) => result.Error is { } error
        ? string.Create(CultureInfo.InvariantCulture, $"try {result.Try} failed: {error}")
        : null;
}
