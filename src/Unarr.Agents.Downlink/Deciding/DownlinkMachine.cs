using System.Globalization;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Decides when streams and polls are opened and closed. Pure: inputs with their time in, effects out.</summary>
internal abstract class DownlinkMachine
{
    /// <summary>No due time.</summary>
    public static readonly TimeSpan Never = TimeSpan.MaxValue;

    public static readonly TimeSpan DefaultLivenessTimeout = TimeSpan.FromSeconds(40);

    private readonly List<DownlinkEffect> _effects = [];
    private TimeSpan _syncsResumed = TimeSpan.Zero;

    /// <summary>When the machine wants a <see cref="DownlinkInputKind.Due"/>; an earlier one is ignored.</summary>
    public abstract TimeSpan Due { get; }

    /// <summary>The status.</summary>
    public MachineStatus Status { get; private set; } = new(DownlinkRoutes.None, DownlinkState.Idle, null, "not started");

    /// <summary>How many streams in a row were unhealthy.</summary>
    public abstract int Failures { get; }

    /// <summary>The generation of the stream that is open or being opened; 0 when none is.</summary>
    protected int Stream { get; private set; }

    /// <summary>The generation of the poll in flight; 0 when none is.</summary>
    protected int Poll { get; private set; }

    private int Generations { get; set; }

    /// <summary>Takes what happened and tells what to do about it.</summary>
    /// <returns>The effects, in order; valid until the next call.</returns>
    public IReadOnlyList<DownlinkEffect> Apply(in DownlinkInput input)
    {
        _effects.Clear();
        if (Status.State != DownlinkState.Stopped && IsCurrent(input))
        {
            Decide(input);
        }

        return _effects;
    }

    /// <summary>The transition.</summary>
    protected abstract void Decide(in DownlinkInput input);

    protected static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>Why something ended or failed, and how long the server asked to be left alone.</summary>
    protected static string Why(in DownlinkInput input) =>
        input.RetryAfter > TimeSpan.Zero ? $"{input.Detail}; the server asked for {Seconds(input.RetryAfter)} s" : input.Detail;

    protected void OpenStream()
    {
        Stream = ++Generations;
        _effects.Add(new DownlinkEffect(DownlinkEffectKind.OpenStream, Stream));
    }

    protected void CloseStream()
    {
        if (Stream != 0)
        {
            _effects.Add(new DownlinkEffect(DownlinkEffectKind.CloseStream, Stream));
            Stream = 0;
        }
    }

    protected void MoveStream(Uri mirror) => _effects.Add(new DownlinkEffect(DownlinkEffectKind.MoveStream) { Mirror = mirror });

    protected void StartPoll()
    {
        Poll = ++Generations;
        _effects.Add(new DownlinkEffect(DownlinkEffectKind.StartPoll, Poll));
    }

    protected void StopPoll()
    {
        if (Poll != 0)
        {
            _effects.Add(new DownlinkEffect(DownlinkEffectKind.StopPoll, Poll));
            Poll = 0;
        }
    }

    protected void Sync(SyncReason reason) => _effects.Add(new DownlinkEffect(DownlinkEffectKind.Sync) { Reason = reason });

    protected void ParkSyncs() => _effects.Add(new DownlinkEffect(DownlinkEffectKind.ParkSyncs));

    protected void ResumeSyncs(TimeSpan at)
    {
        _syncsResumed = at;
        _effects.Add(new DownlinkEffect(DownlinkEffectKind.ResumeSyncs));
    }

    protected void KeyAccepted() => _effects.Add(new DownlinkEffect(DownlinkEffectKind.KeyAccepted));

    protected void Report(DownlinkRoutes route, DownlinkState state, Uri? mirror, string reason)
    {
        if (Status.Route != route || Status.State != state || Status.Mirror != mirror)
        {
            Status = new MachineStatus(route, state, mirror, reason);
            _effects.Add(new DownlinkEffect(DownlinkEffectKind.Report) { Status = Status });
        }
    }

    /// <summary>What arrives late from an old stream or poll is ignored; what ends a current one ends it here.</summary>
    private bool IsCurrent(in DownlinkInput input)
    {
        switch (input.Kind)
        {
            case DownlinkInputKind.StreamEnded when input.Generation == Stream && Stream != 0:
                Stream = 0;
                return true;
            case DownlinkInputKind.PollAnswered or DownlinkInputKind.PollFailed when input.Generation == Poll && Poll != 0:
                Poll = 0;
                return true;
            case DownlinkInputKind.StreamOpened or DownlinkInputKind.Frames
                or DownlinkInputKind.HandlerBusy or DownlinkInputKind.HandlerFree:
                return input.Generation == Stream && Stream != 0;
            case DownlinkInputKind.SyncRefused when input.Begun < _syncsResumed:
                // It was under way when the agent was to be tried again: the next sync is the answer to that.
                _effects.Add(new DownlinkEffect(DownlinkEffectKind.ResumeSyncs));
                return false;
            case DownlinkInputKind.Due:
                return input.At >= Due;
            default:
                return input.Kind is DownlinkInputKind.Start or DownlinkInputKind.Synced or DownlinkInputKind.SyncRefused
                    or DownlinkInputKind.KeyAccepted or DownlinkInputKind.RetryNow or DownlinkInputKind.Shutdown;
        }
    }
}
