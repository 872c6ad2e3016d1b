using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Runs a machine in virtual time and holds its invariants on every step; what it opens and closes is only counted.</summary>
internal sealed class MachineDriver(DownlinkMachine machine, bool allowBoth = false)
{
    private readonly HashSet<int> _everOpened = [];

    public TimeSpan Now { get; private set; }

    /// <summary>The generation of the open stream; 0 when none is.</summary>
    public int Stream { get; private set; }

    /// <summary>The generation of the open poll; 0 when none is.</summary>
    public int Poll { get; private set; }

    public int StreamsOpened { get; private set; }

    public int PollsStarted { get; private set; }

    /// <summary>When the last stream was opened.</summary>
    public TimeSpan StreamOpenedAt { get; private set; }

    /// <summary>When the last stream had its headers.</summary>
    public TimeSpan HeadersAt { get; private set; }

    /// <summary>The shortest time from headers to end of a stream that the far side has ended.</summary>
    public TimeSpan ShortestLife { get; private set; } = TimeSpan.MaxValue;

    /// <summary>When the last poll was started.</summary>
    public TimeSpan PollStartedAt { get; private set; }

    public List<SyncReason> Syncs { get; } = [];

    /// <summary>Each state that was reported, with why.</summary>
    public List<string> Reports { get; } = [];

    public MachineStatus Status => machine.Status;

    public TimeSpan Due => machine.Due;

    public int Failures => machine.Failures;

    /// <summary>Between an effect that parks the syncs and the one that resumes them.</summary>
    public bool IsParked { get; private set; }

    /// <summary>How often a key that had been refused was accepted.</summary>
    public int KeysAccepted { get; private set; }

    /// <summary>How many effects there have been.</summary>
    public int Effects { get; private set; }

    public static MachineDriver Started(DownlinkSettings options)
    {
        var driver = new MachineDriver(new SequentialMachine(options, () => 0.5));
        driver.Send(DownlinkInputKind.Start);
        return driver;
    }

    public void Send(DownlinkInputKind kind, int generation = 0, bool wake = false, string detail = "") =>
        Send(new DownlinkInput(kind, Generation: generation) { Wake = wake, Detail = detail, Mirror = new Uri("https://mirror.example") });

    /// <summary>Sends an input at the present time.</summary>
    public void Send(in DownlinkInput input)
    {
        (DownlinkInputKind kind, int generation) = (input.Kind, input.Generation);

        // What ends at the far side is no longer open, whatever the machine makes of it.
        if (kind == DownlinkInputKind.StreamEnded && generation == Stream)
        {
            Stream = 0;
            ShortestLife = Now - HeadersAt < ShortestLife ? Now - HeadersAt : ShortestLife;
        }
        else if (kind == DownlinkInputKind.StreamOpened && generation == Stream)
        {
            HeadersAt = Now;
        }
        else if (kind is DownlinkInputKind.PollAnswered or DownlinkInputKind.PollFailed && generation == Poll)
        {
            Poll = 0;
        }

        foreach (DownlinkEffect effect in machine.Apply(input with { At = Now }))
        {
            CarryOut(effect);
        }
    }

    public void Open() => Send(DownlinkInputKind.StreamOpened, Stream);

    public void Frames() => Send(DownlinkInputKind.Frames, Stream);

    public void End(string detail = "it ended") => Send(DownlinkInputKind.StreamEnded, Stream, detail: detail);

    public void Answer(bool wake = false) => Send(DownlinkInputKind.PollAnswered, Poll, wake);

    public void FailPoll(string detail = "it failed") => Send(DownlinkInputKind.PollFailed, Poll, detail: detail);

    /// <summary>Lets time pass; each due time is met on the way, and each must lead on.</summary>
    public void Pass(TimeSpan time)
    {
        TimeSpan target = Now + time;
        while (machine.Due <= target)
        {
            TimeSpan due = machine.Due;
            Assert.True(due >= Now, $"due at {due}, which has passed at {Now}");
            Now = due;
            Send(DownlinkInputKind.Due);
            Assert.True(machine.Due > Now, $"still due at {Now} after it was met: a busy loop");
        }

        Now = target;
    }

    public void PassSeconds(double seconds) => Pass(TimeSpan.FromSeconds(seconds));

    private void CarryOut(in DownlinkEffect effect)
    {
        Effects++;
        switch (effect.Kind)
        {
            case DownlinkEffectKind.OpenStream:
                Assert.Equal(0, Stream);
                Assert.True(_everOpened.Add(effect.Generation), "a generation was used twice");
                Stream = effect.Generation;
                StreamsOpened++;
                StreamOpenedAt = Now;
                break;
            case DownlinkEffectKind.StartPoll:
                Assert.Equal(0, Poll);
                Assert.True(_everOpened.Add(effect.Generation), "a generation was used twice");
                Poll = effect.Generation;
                PollsStarted++;
                PollStartedAt = Now;
                break;
            case DownlinkEffectKind.CloseStream:
                Assert.Equal(Stream, effect.Generation);
                Stream = 0;
                break;
            case DownlinkEffectKind.StopPoll:
                Assert.Equal(Poll, effect.Generation);
                Poll = 0;
                break;
            case DownlinkEffectKind.Sync:
                Syncs.Add(effect.Reason);
                break;
            case DownlinkEffectKind.ParkSyncs:
                Assert.Equal((0, 0), (Stream, Poll));
                IsParked = true;
                break;
            case DownlinkEffectKind.ResumeSyncs:
                Assert.True(IsParked, "syncs that were not parked are resumed");
                IsParked = false;
                break;
            case DownlinkEffectKind.KeyAccepted:
                KeysAccepted++;
                break;
            case DownlinkEffectKind.Report:
                Assert.Equal(machine.Status, effect.Status);
                Reports.Add($"{machine.Status.State}: {machine.Status.Reason}");
                break;
        }

        Assert.True(allowBoth || Stream == 0 || Poll == 0, "a stream and a poll at a time");
    }
}
