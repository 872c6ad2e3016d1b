using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;



namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Runs a downlink machine against a script in virtual time: no task, no socket, no clock.</summary>
internal sealed partial class Simulation
{
    private static readonly TimeSpan Never = TimeSpan.MaxValue;
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SyncDeadline = TimeSpan.FromSeconds(30);

    private readonly Script _script;
    private readonly DownlinkMachine _machine;
    private readonly Func<double> _random;
    private readonly StreamModel _stream;
    private readonly PollModel _poll = new();
    private readonly SyncModel _sync;
    private readonly VirtualTime _time = new();
    private readonly MirrorPool _mirrors;
    private readonly bool _injectsLateInputs;
    private TimeSpan _now;
    private TimeSpan _nextChange;
    private bool _wasOpened;
    private int _stalls;
    private TimeSpan? _controlsCame;

    // How many mirrors the poll has been tried on.
    private int _triedByPoll;

    public Simulation(Script script, DownlinkSettings options, Func<double> random, bool injectsLateInputs = false)
    {
        _script = script;
        _random = random;
        _injectsLateInputs = injectsLateInputs;
        _machine = options.Hedging ? new HedgingMachine(options, random) : new SequentialMachine(options, random);
        _stream = new StreamModel(random);
        _sync = new SyncModel(options, random);
        _mirrors = new MirrorPool(script.Paths.Length == 1 ? OneMirror : TwoMirrors, timeProvider: _time);
        _nextChange = script.NextChange(TimeSpan.Zero);
    }

    private static readonly string[] OneMirror = ["https://a.example"];
    private static readonly string[] TwoMirrors = ["https://a.example", "https://b.example"];

    public Coverage Coverage { get; } = new();

    /// <summary>When requests arrived at a server.</summary>
    public List<TimeSpan> StreamRequests { get; } = [];

    public List<TimeSpan> PollRequests { get; } = [];

    public List<TimeSpan> SyncRequests { get; } = [];

    /// <summary>When streams were opened, wherever they led.</summary>
    public List<TimeSpan> Attempts { get; } = [];

    public List<int> MirrorsOfStreams { get; } = [];

    public List<(TimeSpan At, MachineStatus Status)> Reports { get; } = [];

    /// <summary>The interval that the machine uses; the sequential rule has none, and is judged by the usual one.</summary>
    public TimeSpan Heartbeat => (_machine as HedgingMachine)?.HeartbeatInterval ?? TimeSpan.FromSeconds(15);

    public bool IsSomethingOpen => _stream.Generation != 0 || _poll.Generation != 0;

    /// <summary>Runs the script to its end, and shuts down.</summary>
    public Simulation Run()
    {
        Apply(new DownlinkInput(DownlinkInputKind.Start));
        while (_now < _script.Length)
        {
            TimeSpan next = Least(Least(_stream.Next, _poll.Next), Least(_sync.Next, _machine.Due));
            next = Least(Least(next, _nextChange), _script.Length);
            if (_poll.Generation != 0 && _poll.Sent > _now)
            {
                next = Least(next, _poll.Sent);
            }

            // "Due never causes a busy loop."
            _stalls = next > _now ? 0 : _stalls + 1;
            Check(_stalls < 50, "time does not go on");
            Check(next >= _now, "time goes back");
            Measure(next);
            _now = next;
            _time.Now = next;
            Step();
        }

        Coverage.EndEpisode();
        Apply(new DownlinkInput(DownlinkInputKind.Shutdown));
        Check(!IsSomethingOpen, "something is open after shutdown");
        Check(_machine.Due == Never, "something is due after shutdown");
        Check(_machine.Apply(new DownlinkInput(DownlinkInputKind.Synced, _now)).Count == 0, "something happens after shutdown");
        return this;
    }

    private void Step()
    {
        if (_nextChange == _now)
        {
            Change();
        }
        else if (_stream.Next == _now)
        {
            DownlinkInput? input = _stream.Step(_script.At(_stream.Mirror, _now).Behaviour, _now);
            if (input is { } seen)
            {
                bool namesMirror = seen.Kind == DownlinkInputKind.StreamOpened
                    || (seen.Kind == DownlinkInputKind.StreamEnded && _stream.IsRefused);
                Apply(namesMirror ? seen with { Mirror = _mirrors.Mirrors[_stream.Mirror] } : seen);
            }
        }
        else if (_poll.Next == _now)
        {
            EndPoll();
        }
        else if (_sync.Next == _now)
        {
            if (!_sync.IsUnderWay)
            {
                BeginSync();
            }
            else
            {
                EndSync();
            }
        }
        else if (_machine.Due == _now)
        {
            Apply(new DownlinkInput(DownlinkInputKind.Due));
        }
    }

    private void Apply(DownlinkInput input)
    {
        DownlinkRoutes route = _machine.Status.Route;
        bool wasCovered = IsCovered(_machine.Status);
        bool opened = input.Kind == DownlinkInputKind.StreamOpened;
        bool synced = false;
        IReadOnlyList<DownlinkEffect> effects = _machine.Apply(input with { At = _now, ControlsCame = _controlsCame });
        for (int index = 0; index < effects.Count; index++)
        {
            synced |= effects[index].Kind == DownlinkEffectKind.Sync;
            CarryOut(effects[index]);
        }

        if (_machine is HedgingMachine && input.Kind != DownlinkInputKind.Shutdown)
        {
            bool isParked = _machine.Status.State == DownlinkState.Refused;
            bool isLossless = route == _machine.Status.Route || (wasCovered && IsCovered(_machine.Status));
            Check(synced || isParked || (isLossless && !(opened && _wasOpened)), "a change of route or a reopened stream did not sync");
            Check(!isParked || _machine.Status.Route == DownlinkRoutes.None, "a route while the agent is refused");
        }

        Check(input.Kind != DownlinkInputKind.Due || _machine.Due > _now || effects.Count > 0, "due, and nothing done about it");
        _wasOpened |= opened;
        if (_injectsLateInputs && effects.Count > 0 && _random() < 0.02)
        {
            Late();
        }
    }

    /// <summary>"What arrives late from an old one is ignored."</summary>
    private void Late()
    {
        TimeSpan due = _machine.Due;
        int old = Math.Max(0, Math.Min(
            _stream.Generation == 0 ? int.MaxValue : _stream.Generation, _poll.Generation == 0 ? int.MaxValue : _poll.Generation) - 1);
        old = old == int.MaxValue - 1 ? 0 : old;
        var late = new DownlinkInput((DownlinkInputKind)(1 + (int)(_random() * 7)), _now, old) { Comments = 1 };
        Check(_machine.Apply(late).Count == 0 && _machine.Due == due, $"a late {late.Kind} was taken for a current one");
    }

    private void Change()
    {
        for (int path = 0; path < _script.Paths.Length; path++)
        {
            Segment segment = _script.At(path, _now);
            if (segment.From != _now)
            {
                continue;
            }

            if (_poll.Generation != 0 && _poll.Mirror == path)
            {
                _poll.Change(segment, _now);
            }

            if (_stream.Generation != 0 && _stream.Mirror == path && _stream.Change(segment, _now) is { } input)
            {
                Apply(input);
            }
        }

        Coverage.EndEpisode();
        _nextChange = _script.NextChange(_now);
    }

    private void Measure(TimeSpan to)
    {
        if (to <= _now)
        {
            return;
        }

        bool polls = _poll.Delivers(_now);
        if (!Answers())
        {
            Coverage.Add(_now, to, Cover.Excused);
            Coverage.AddDeaf(_now, to, isDeaf: false);
            return;
        }

        bool gap = _poll.Generation != 0 && _poll.GoesOn && _now < _poll.Sent;
        Coverage.AddDeaf(_now, to, isDeaf: !polls && !gap && !_stream.Delivers);

        if (polls || _stream.IsBusy)
        {
            Coverage.Add(_now, to, Cover.Covered);
            return;
        }

        Cover uncovered = gap ? Cover.Gap : Cover.Blind;
        TimeSpan until = _machine.Status.State == DownlinkState.Live && _stream is { IsOpen: true, LastFrame: { } last }
            ? last + (Heartbeat * 1.25)
            : TimeSpan.Zero;
        if (until >= to)
        {
            Coverage.Add(_now, to, Cover.Covered);
        }
        else if (until > _now)
        {
            Coverage.Add(_now, until, Cover.Covered);
            Coverage.Add(until, to, uncovered);
        }
        else
        {
            Coverage.Add(_now, to, uncovered);
        }
    }

    private bool Answers()
    {
        for (int path = 0; path < _script.Paths.Length; path++)
        {
            if (_script.At(path, _now).Behaviour.Answers)
            {
                return true;
            }
        }

        return false;
    }

    private void Check(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"At {_now}: {what}.");
        }
    }

    private static bool IsCovered(MachineStatus status) =>
        status.State == DownlinkState.Live || status.Route.HasFlag(DownlinkRoutes.LongPoll);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
