namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Half an hour of a network that changes its mind, told by a seed.</summary>
internal static class RandomScript
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(30);

    public static Script Of(Random random)
    {
        var path = new List<Segment>();
        TimeSpan at = TimeSpan.Zero;
        Behaviour before = Behaviour.Healthy;
        while (at < Length)
        {
            before = Next(random, before);
            path.Add(new Segment(at, before, (OpenConnections)random.Next(3)));
            // Short and long ones alike: a few seconds to half an hour.
            at += S(Math.Exp(1 + (random.NextDouble() * 6.5)));
        }

        // A dead mirror beside the path changes nothing but who is asked first.
        return random.Next(4) == 0 ? new Script(Length, path, [new Segment(TimeSpan.Zero, new Behaviour { Reach = Reach.Refused })])
            : new Script(Length, path);
    }

    private static Behaviour Next(Random random, Behaviour before)
    {
        var behaviour = new Behaviour
        {
            Latency = S(0.005 + (random.NextDouble() * 0.5)),
            Beat = Pick(random, 15, 15, 15, 15, 5, 30, 0) is var beat ? S(beat) : default,
            Told = random.Next(3) == 0 ? S(Pick(random, 5, beat)) : S(beat),
            Jitter = random.Next(3) == 0 ? S(beat * 0.1) : default,
            EventEvery = random.Next(4) == 0 ? S(Pick(random, 0.5, 7, 40)) : default,
            Greets = random.Next(8) != 0,
        };
        return random.Next(22) switch
        {
            0 or 1 or 2 => behaviour,
            3 => behaviour with { MuteFrom = MuteFrom.Headers },
            4 or 5 => behaviour with { MuteFrom = MuteFrom.Start },
            6 => behaviour with { MuteFrom = MuteFrom.Greeting },
            7 => behaviour with
            {
                MuteFrom = MuteFrom.Greeting,
                RecycleAfter = S((beat == 0 ? 15 : beat) * (0.9 + (random.NextDouble() * 0.5)))
            },
            8 => behaviour with { FlushEvery = S(5 + (random.NextDouble() * 85)) },
            9 or 10 => behaviour with { ResetAfter = S(Math.Exp(random.NextDouble() * 5)) },
            11 => behaviour with
            {
                RecycleAfter = S(Math.Exp(random.NextDouble() * 5)),
                MuteFrom = (MuteFrom)Math.Max(0, random.Next(7) - 3)
            },
            12 => behaviour with { CutAfter = S(1 + (random.NextDouble() * 30)) },
            13 => behaviour with { Reach = Reach.Refused },
            14 => behaviour with { Reach = Reach.BlackHole },
            15 => behaviour with { Reach = Reach.Unanswered },
            16 => behaviour with
            {
                Events = (Refusal)random.Next(6),
                Wake = random.Next(3) == 0 ? (Refusal)random.Next(6) : Refusal.None,
                RetryAfter = S(random.Next(5, 120))
            },
            17 => behaviour with
            {
                Sync = random.Next(3) == 0 ? (Refusal)random.Next(6) : Refusal.None,
                Wake = (Refusal)random.Next(6),
                MuteFrom = (MuteFrom)random.Next(4)
            },
            20 => behaviour with { HoldsBack = true, CommentsAfterEvents = random.Next(2) == 0 },
            21 => behaviour with { RecycleAfter = S(20 + (random.NextDouble() * 130)), AgeVariesBy = Pick(random, 0, 0, 0.1, 0.5) },
            18 => behaviour with
            {
                PollHold = S(random.NextDouble() * 10),
                Wakes = random.Next(2) == 0,
                MuteFrom = (MuteFrom)random.Next(4)
            },
            _ => before with { HandlerIsBusy = before.StreamCanOpen && !before.HandlerIsBusy },
        };
    }

    private static double Pick(Random random, params ReadOnlySpan<double> values) => values[random.Next(values.Length)];

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
