namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>How a path and the server behind it treat an agent's exchanges, for as long as it lasts. Zero: does not happen.</summary>
internal sealed record Behaviour
{
    public static readonly Behaviour Healthy = new();

    public static readonly Behaviour Mute = new() { MuteFrom = MuteFrom.Start };

    public Reach Reach { get; init; }

    /// <summary>From the start of an exchange to its request being there, and to a stream's headers.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How much later a frame may come than it was sent.</summary>
    public TimeSpan Jitter { get; init; }

    public Refusal Events { get; init; }

    public Refusal Wake { get; init; }

    public Refusal Sync { get; init; }

    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>From when on nothing of a stream gets through.</summary>
    public MuteFrom MuteFrom { get; init; }

    /// <summary>Whether the server greets a stream with a comment.</summary>
    public bool Greets { get; init; } = true;

    public TimeSpan Told { get; init; }

    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan EventEvery { get; init; }

    /// <summary>A buffer on the way passes on what it holds this often.</summary>
    public TimeSpan FlushEvery { get; init; }

    public TimeSpan ResetAfter { get; init; }

    public TimeSpan RecycleAfter { get; init; }

    /// <summary>By how much of itself the age varies at which a stream ends, to either side.</summary>
    public double AgeVariesBy { get; init; }

    /// <summary>Streams and polls alike are cut after this time.</summary>
    public TimeSpan CutAfter { get; init; }

    /// <summary>How long the server holds a poll.</summary>
    public TimeSpan PollHold { get; init; } = TimeSpan.FromSeconds(28);

    /// <summary>Every poll is answered with a wake.</summary>
    public bool Wakes { get; init; }

    /// <summary>A control is pushed this often: it wakes the poll, and a sync brings it.</summary>
    public TimeSpan PushEvery { get; init; }

    /// <summary>Each piece that the server writes is held back until it writes the next one.</summary>
    public bool HoldsBack { get; init; }

    /// <summary>Whether the server writes a comment right after each event.</summary>
    public bool CommentsAfterEvents { get; init; } = true;

    /// <summary>The agent's handler takes nothing: its queue is full.</summary>
    public bool HandlerIsBusy { get; init; }

    public bool StreamCanOpen => Reach == Reach.Up && Events == Refusal.None && MuteFrom != MuteFrom.Headers;

    /// <summary>Whether what is pushed on an open stream arrives when it is sent.</summary>
    public bool OpenStreamDelivers => MuteFrom == MuteFrom.Never && FlushEvery == TimeSpan.Zero && (!HoldsBack || CommentsAfterEvents);

    public bool StreamDelivers => StreamCanOpen && OpenStreamDelivers;

    /// <summary>Whether a stream shows its heartbeats when they are sent, so that it can cover.</summary>
    public bool StreamCovers => StreamDelivers && Beat > TimeSpan.Zero && Ends == TimeSpan.Zero;

    /// <summary>Whether a poll in flight would be answered.</summary>
    public bool PollDelivers => Reach == Reach.Up && Wake == Refusal.None;

    /// <summary>Whether polls alone cover, but for the gaps between them.</summary>
    public bool PollCovers => PollDelivers && PollHold >= TimeSpan.FromSeconds(5) && !Wakes
        && (CutAfter == TimeSpan.Zero || CutAfter >= TimeSpan.FromSeconds(5));

    public bool SyncWorks => Reach == Reach.Up && Sync == Refusal.None;

    /// <summary>Whether it makes sense to ask whether an agent is covered.</summary>
    public bool Answers => Reach == Reach.Up && Events is not (Refusal.Unauthorized or Refusal.Gone)
        && Wake is not (Refusal.Unauthorized or Refusal.Gone) && Sync != Refusal.Gone;

    /// <summary>How long a stream lives at most; zero when nothing ends it.</summary>
    public TimeSpan Ends
    {
        get
        {
            TimeSpan shortest = TimeSpan.MaxValue;
            foreach (TimeSpan end in (ReadOnlySpan<TimeSpan>)[ResetAfter, RecycleAfter, CutAfter])
            {
                shortest = end > TimeSpan.Zero && end < shortest ? end : shortest;
            }

            return shortest == TimeSpan.MaxValue ? TimeSpan.Zero : shortest;
        }
    }
}
