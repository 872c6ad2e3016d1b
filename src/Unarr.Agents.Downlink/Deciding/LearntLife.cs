namespace Unarr.Agents.Downlink.Deciding;

/// <summary>How long streams live on this path, as far as their ends have shown: many load balancers and platforms end them at a fixed
/// age.</summary>
internal sealed class LearntLife
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private TimeSpan? _life;
    private TimeSpan? _last;

    /// <summary>The age from which on a stream is about to end: "from 0.8 of it less 2 s on"; never while no life is learnt.</summary>
    public TimeSpan EndsFrom => _life is not { } life ? DownlinkMachine.Never
        : life * 0.8 > Margin ? (life * 0.8) - Margin : TimeSpan.Zero;

    /// <summary>The age at which a stream has shown that the life learnt is not its own; never while none is learnt.</summary>
    public TimeSpan OutlivedAt => _life is { } life ? (life * 1.5) + Margin : DownlinkMachine.Never;

    /// <summary>A stream that had frames has ended.</summary>
    /// <param name="outcome">What it was.</param>
    /// <param name="end">How it ended; <see langword="null"/> when it was given up because it was silent.</param>
    /// <param name="age">How long it was open.</param>
    public void Take(StreamOutcome outcome, StreamEnd? end, TimeSpan age)
    {
        switch (outcome)
        {
            // "The shorter of the last two proper ends, where those are within 20 % of each other. An end outside of that forgets it."
            case StreamOutcome.Stable or StreamOutcome.Recycled:
                _life = _last is { } last && AreNear(last, age) ? Shorter(last, age) : null;
                _last = age;
                break;

            // A path that breaks its streams is watched from the first one on: that costs a poll where the guess is wrong.
            case StreamOutcome.Unhealthy or StreamOutcome.Repeated when end is StreamEnd.Proper or StreamEnd.Cut:
                _life = age;
                _last = age;
                break;
        }
    }

    /// <summary>A stream has lived longer than any that taught it.</summary>
    public void Forget() => (_life, _last) = (null, null);

    private static bool AreNear(TimeSpan one, TimeSpan other) => Shorter(one, other) >= 0.8 * (one > other ? one : other);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
