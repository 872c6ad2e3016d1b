using FsCheck;
using FsCheck.Fluent;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The generators of what happens to a machine, and how a failure is made small.</summary>
public static class MachineArbitraries
{
    // Start and shutdown come once each, from the property.
    private static readonly DownlinkInputKind[] Kinds =
        [.. Enum.GetValues<DownlinkInputKind>().Where(kind => kind is not (DownlinkInputKind.Start or DownlinkInputKind.Shutdown))];

    private static readonly Gen<MachineStep> Pass =
        from longest in Gen.Elements(3_000, 50_000, 400_000)
        from milliseconds in Gen.Choose(1, longest)
        select new MachineStep { Passes = TimeSpan.FromMilliseconds(milliseconds) };

    // Mostly what concerns the present exchange, sometimes what is late or never was.
    private static readonly Gen<MachineStep> Input =
        from kind in Gen.Elements(Kinds)
        from target in Gen.Frequency(
            (2, Gen.Constant(MachineTarget.Stream)), (2, Gen.Constant(MachineTarget.Poll)), (1, Gen.Constant(MachineTarget.Stray)))
        from stray in Gen.Choose(1, 30)
        from wake in Gen.Elements(false, true)
        from came in Gen.Elements(false, true)
        from end in Gen.Elements(Enum.GetValues<StreamEnd>())
        from failure in Gen.Elements(Enum.GetValues<PollFailure>())
        from retryAfter in Gen.Elements(0, 0, 0, 5, 300)
        from comments in Gen.Choose(0, 3)
        from told in Gen.Elements(0, 0, 5, 15, 40)
        from mirror in Gen.Choose(0, 3)
        select new MachineStep
        {
            Kind = kind,
            Target = target,
            Stray = stray,
            Wake = wake,
            Came = came,
            End = end,
            Failure = failure,
            RetryAfter = TimeSpan.FromSeconds(retryAfter),
            Comments = comments,
            Told = told,
            Mirror = mirror,
        };

    // What a stream needs to be proven, and to be stable when it ends.
    private static readonly Gen<MachineStep> Beats =
        from beats in Gen.Choose(1, 8)
        from milliseconds in Gen.Elements(1_000, 14_500, 15_000, 15_500, 30_000)
        select new MachineStep { Beats = beats, Passes = TimeSpan.FromMilliseconds(milliseconds) };

    private static readonly Gen<MachineStep> Step = Gen.Frequency((2, Pass), (4, Input), (1, Beats));

    /// <summary>The usual options, and odd ones: from a twentieth of a second to a day.</summary>
    private static readonly Gen<DownlinkSettings> Options =
        from mode in Gen.Elements(Enum.GetValues<DownlinkMode>())
        from odd in Gen.Frequency((1, Gen.Constant(false)), (2, Gen.Constant(true)))
        from seconds in Gen.Elements(0.05, 0.7, 2, 5, 13.37, 60, 300, 3600, 86400).ArrayOf(6)
        from failures in Gen.Choose(1, 5)
        from isConfigured in Gen.Elements(false, true)
        select Usual(mode) is var usual && !odd ? usual : usual with
        {
            ReconnectDelay = TimeSpan.FromSeconds(seconds[0]),
            FallbackWindow = TimeSpan.FromSeconds(seconds[1]),
            PollRetryDelay = TimeSpan.FromSeconds(seconds[2]),
            FirstFrameGrace = TimeSpan.FromSeconds(seconds[3]),
            SyncInterval = TimeSpan.FromSeconds(seconds[4]),
            LivenessTimeout = isConfigured ? TimeSpan.FromSeconds(seconds[5]) : null,
            MaxStreamFailures = failures,
        };

    public static Arbitrary<MachineScript> Scripts() => Arb.From(
        from options in Options
        from steps in Step.ArrayOf()
        select new MachineScript(options, steps),
        Shrink);

    public static Arbitrary<StreamFates> Fates() => Arb.From(
        from failures in Gen.Choose(1, 5)
        from fates in Gen.Elements(Enum.GetValues<StreamFate>()).ArrayOf()
        select new StreamFates(failures, fates),
        original => Without(original.Fates).Select(fates => original with { Fates = fates }));

    private static DownlinkSettings Usual(DownlinkMode mode) => new() { AgentId = "agent", Mode = mode };

    private static IEnumerable<MachineScript> Shrink(MachineScript original)
    {
        if (original.Options != Usual(original.Mode))
        {
            yield return original with { Options = Usual(original.Mode) };
        }

        foreach (MachineStep[] steps in Without(original.Steps))
        {
            yield return original with { Steps = steps };
        }

        for (int at = 0; at < original.Steps.Length; at++)
        {
            foreach (MachineStep smaller in Shrink(original.Steps[at]))
            {
                MachineStep[] steps = [.. original.Steps];
                steps[at] = smaller;
                yield return original with { Steps = steps };
            }
        }
    }

    private static IEnumerable<MachineStep> Shrink(MachineStep step)
    {
        if (step.Beats > 1)
        {
            yield return step with { Beats = step.Beats - 1 };
        }

        // Whole seconds, then ever fewer: a number that stays crooked says that it matters.
        if (step.Passes.Ticks % TimeSpan.TicksPerSecond != 0 && step.Passes > TimeSpan.FromSeconds(1))
        {
            yield return step with { Passes = TimeSpan.FromSeconds(Math.Floor(step.Passes.TotalSeconds)) };
        }

        if (step.Passes > TimeSpan.FromSeconds(1))
        {
            yield return step with { Passes = TimeSpan.FromSeconds(Math.Ceiling(step.Passes.TotalSeconds) - 1) };
            yield return step with { Passes = TimeSpan.FromSeconds(Math.Ceiling(step.Passes.TotalSeconds / 2)) };
        }

        if (step.Wake)
        {
            yield return step with { Wake = false };
        }

        if (step is { Passes.Ticks: 0, End: not StreamEnd.Proper })
        {
            yield return step with { End = StreamEnd.Proper };
        }

        if (step is { Passes.Ticks: 0, Failure: not PollFailure.Failed })
        {
            yield return step with { Failure = PollFailure.Failed };
        }

        if (step.RetryAfter > TimeSpan.Zero)
        {
            yield return step with { RetryAfter = TimeSpan.Zero };
        }

        if (step is { Target: MachineTarget.Stray, Stray: > 1 })
        {
            yield return step with { Stray = step.Stray / 2 };
        }
    }

    /// <summary>The list without a half of it, a quarter, and so on down to one entry.</summary>
    private static IEnumerable<T[]> Without<T>(T[] entries)
    {
        for (int run = entries.Length; run > 0; run /= 2)
        {
            for (int at = 0; at + run <= entries.Length; at += run)
            {
                yield return [.. entries[..at], .. entries[(at + run)..]];
            }
        }
    }
}
