using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Tests.Downlink;



namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What happens to a machine; <see cref="MachineDriver"/> holds on every step what no script may break.</summary>
public sealed record MachineScript
{
    private static readonly Uri?[] Mirrors = [null, new("https://a.example"), new("https://b.example"), new("https://c.example")];

    internal MachineScript(DownlinkSettings options, MachineStep[] steps)
    {
        Options = options;
        Steps = steps;
    }

    /// <summary>What happens.</summary>
    public MachineStep[] Steps { get; init; }

    /// <summary>The options that the machine has.</summary>
    internal DownlinkSettings Options { get; init; }

    public DownlinkMode Mode => Options.Mode;

    public override string ToString() => $"{Options}: {string.Join("; ", (IEnumerable<MachineStep>)Steps)}";

    /// <summary>Takes the steps, each followed by a check.</summary>
    internal void Run(MachineDriver driver, Action check) => Run(driver, _ => check());

    /// <summary>Takes the steps, each followed by a check of what it was.</summary>
    internal void Run(MachineDriver driver, Action<MachineEvent> check)
    {
        var stream = new StreamState();
        foreach (MachineStep step in Steps)
        {
            int effects = driver.Effects;
            if (step.Beats > 0)
            {
                Beat(driver, step, stream);
                check(new MachineEvent(step, HitsStream: false, HitsPoll: false, effects));
            }
            else if (step.Passes > TimeSpan.Zero)
            {
                driver.Pass(step.Passes);
                check(new MachineEvent(step, HitsStream: false, HitsPoll: false, effects));
            }
            else
            {
                int generation = Generation(driver, step);
                (bool hitsStream, bool hitsPoll) = (generation == driver.Stream, generation == driver.Poll);
                if (hitsStream && !stream.Takes(step.Kind, generation))
                {
                    // No exchange does this.
                    continue;
                }

                driver.Send(Input(step, generation, driver.Now));
                check(new MachineEvent(step, hitsStream, hitsPoll, effects));
            }
        }
    }

    /// <summary>Frames come on the stream for as long as it lives; it is opened if it was not.</summary>
    private static void Beat(MachineDriver driver, MachineStep step, StreamState stream)
    {
        int generation = driver.Stream;
        if (generation == 0)
        {
            return;
        }

        foreach (DownlinkInputKind before in (DownlinkInputKind[])[DownlinkInputKind.StreamOpened, DownlinkInputKind.HandlerFree])
        {
            if (stream.Takes(before, generation))
            {
                driver.Send(Input(step with { Kind = before }, generation, driver.Now));
            }
        }

        for (int beat = 0; beat < step.Beats; beat++)
        {
            driver.Pass(step.Passes);
            if (driver.Stream != generation)
            {
                return;
            }

            driver.Send(Input(step with { Kind = DownlinkInputKind.Frames }, generation, driver.Now));
        }
    }

    private static int Generation(MachineDriver driver, MachineStep step) => Math.Max(1, step.Target switch
    {
        MachineTarget.Stream => driver.Stream,
        MachineTarget.Poll => driver.Poll,
        _ => step.Stray,
    });

    private static DownlinkInput Input(MachineStep step, int generation, TimeSpan now) => new(step.Kind, Generation: generation)
    {
        Wake = step.Wake,
        End = step.End,
        Failure = step.Failure,
        RetryAfter = step.RetryAfter,
        Again = step.Came,
        Begun = now,
        ControlsCame = step.Came ? now : null,
        Comments = step.Comments,
        ToldHeartbeat = TimeSpan.FromSeconds(step.Told),
        Mirror = Mirrors[step.Mirror],
    };

    /// <summary>How far the exchange of a stream has come.</summary>
    private sealed class StreamState
    {
        private int _opened;
        private bool _isBusy;

        /// <summary>Returns whether an exchange that has come so far does this next, and takes it as done.</summary>
        public bool Takes(DownlinkInputKind kind, int generation)
        {
            bool isOpen = _opened == generation;
            switch (kind)
            {
                case DownlinkInputKind.StreamOpened when !isOpen:
                    (_opened, _isBusy) = (generation, false);
                    return true;
                case DownlinkInputKind.StreamOpened:
                    return false;
                case DownlinkInputKind.Frames:
                    return isOpen && !_isBusy;
                case DownlinkInputKind.HandlerBusy when isOpen && !_isBusy:
                    _isBusy = true;
                    return true;
                case DownlinkInputKind.HandlerFree when isOpen && _isBusy:
                    _isBusy = false;
                    return true;
                default:
                    return kind is not (DownlinkInputKind.HandlerBusy or DownlinkInputKind.HandlerFree);
            }
        }
    }
}
