using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <content>What the machine's effects do on the scripted network: connects over mirrors, streams, polls and syncs.</content>
internal sealed partial class Simulation
{
    private void CarryOut(in DownlinkEffect effect)
    {
        switch (effect.Kind)
        {
            case DownlinkEffectKind.OpenStream:
                Check(_stream.Generation == 0, "two streams");
                OpenStream(effect.Generation);
                break;
            case DownlinkEffectKind.CloseStream:
                Check(_stream.Generation == effect.Generation, "closes another stream");
                _stream.Close();
                break;
            case DownlinkEffectKind.MoveStream:
                _mirrors.Streams.Rotate(effect.Mirror!);
                break;
            case DownlinkEffectKind.StartPoll:
                Check(_poll.Generation == 0, "two polls");
                StartPoll(effect.Generation);
                break;
            case DownlinkEffectKind.StopPoll:
                Check(_poll.Generation == effect.Generation, "stops another poll");
                _poll.Stop();
                break;
            case DownlinkEffectKind.Sync:
                _sync.Trigger(effect.Reason, _now);
                break;
            case DownlinkEffectKind.KeyAccepted:
                _sync.KeyAccepted(_now);
                break;
            case DownlinkEffectKind.ParkSyncs:
                Check(!IsSomethingOpen, "something is open while the agent is parked");
                _sync.Park();
                break;
            case DownlinkEffectKind.ResumeSyncs:
                _sync.Resume(_now);
                break;
            case DownlinkEffectKind.Report:
                Reports.Add((_now, effect.Status!));
                break;
        }
    }

    private void OpenStream(int generation)
    {
        Attempts.Add(_now);
        (int mirror, TimeSpan at, bool connected, _) = Connect(_mirrors.Streams, StreamRequests);
        Behaviour behaviour = _script.At(mirror, _now).Behaviour;
        MirrorsOfStreams.Add(mirror);
        if (!connected)
        {
            _stream.Begin(generation, at, mirror, StreamEnd.NotOpened);
        }
        else if (behaviour.Reach == Reach.Up && behaviour.Events is Refusal.Busy or Refusal.Broken)
        {
            _stream.Begin(generation, at, mirror, StreamEnd.NotOpened, behaviour.Events);
        }
        else if (behaviour.Reach != Reach.Up || behaviour.MuteFrom == MuteFrom.Headers)
        {
            _stream.Begin(generation, at + ConnectDeadline, mirror, StreamEnd.NotOpened);
        }
        else
        {
            _stream.Begin(generation, at, mirror, behaviour.Events switch
            {
                Refusal.NotOffered => StreamEnd.NotOffered,
                Refusal.Unauthorized => StreamEnd.Unauthorized,
                Refusal.Gone => StreamEnd.Gone,
                _ => null,
            }, behaviour.Events);
        }
    }

    private void StartPoll(int generation)
    {
        _triedByPoll = 0;
        Ask(generation);
    }

    private void Ask(int generation)
    {
        (int mirror, TimeSpan at, bool connected, _triedByPoll) = Connect(_mirrors.Requests, PollRequests, _triedByPoll);
        _poll.Begin(generation, _now, at, mirror, _script.At(mirror, _now).Behaviour, connected ? null : at);
    }

    /// <summary>Tells the machine what became of the poll, unless another mirror is to be tried first.</summary>
    private void EndPoll()
    {
        if (_poll.IsTransient && _triedByPoll < _mirrors.Mirrors.Count)
        {
            _mirrors.Requests.Rotate(_mirrors.Mirrors[_poll.Mirror]);
            Ask(_poll.Generation);
        }
        else
        {
            Apply(_poll.End());
        }
    }

    private void BeginSync()
    {
        (int mirror, TimeSpan at, bool connected, _) = Connect(_mirrors.Requests, SyncRequests);
        Behaviour behaviour = _script.At(mirror, _now).Behaviour;
        bool unanswered = connected && behaviour.Reach != Reach.Up;
        _sync.Begin(_now, unanswered ? at + SyncDeadline : at, behaviour, connected && behaviour.SyncWorks);
    }

    private void EndSync()
    {
        DownlinkInput? input = _sync.End(_now);
        _controlsCame = _sync.ControlsCame ?? _controlsCame;
        if (input is { } ended)
        {
            Apply(ended);
        }
    }

    /// <summary>"On a transient failure of the initial connect the next mirror is tried, each at most once per attempt."</summary>
    private (int Mirror, TimeSpan At, bool Connected, int Tried) Connect(MirrorCursor cursor, List<TimeSpan> requests, int tried = 0)
    {
        TimeSpan at = _now;
        int mirror = 0;
        IReadOnlyList<Uri> order = _mirrors.Mirrors.Count == 1 ? _mirrors.Mirrors : cursor.InOrder();
        for (int index = 0; tried < order.Count; index++, tried++)
        {
            // What was tried before has moved the cursor on: the others come first.
            Uri uri = order[index];
            mirror = uri == _mirrors.Mirrors[0] ? 0 : 1;
            Behaviour behaviour = _script.At(mirror, _now).Behaviour;
            at += behaviour.Reach == Reach.BlackHole ? ConnectDeadline : behaviour.Latency;
            if (behaviour.Reach is Reach.Up or Reach.Unanswered)
            {
                requests.Add(at);
                return (mirror, at, true, tried + 1);
            }

            cursor.Rotate(uri);
        }

        return (mirror, at, false, tried);
    }
}
