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
        from target in Gen.Frequency((2, Gen.Constant(MachineTarget.Stream)), (2, Gen.Constant(MachineTarget.Poll)), (1, Gen.Constant(MachineTarget.Stray)))
        from stray in Gen.Choose(1, 30)
        from wake in Gen.Elements(false, true)
        from came in Gen.Elements(false, true)
        from end in Gen.Elements(Enum.GetValues<StreamEnd>())
        from failure in Gen.Elements(Enum.GetValues<PollFailure>())
        from retryAfter in Gen.Elements(0, 0, 0, 5, 300)
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
        };

    private static readonly Gen<MachineStep> Step = Gen.Frequency((1, Pass), (2, Input));

    public static Arbitrary<MachineScript> Scripts() => Arb.From(
        from mode in Gen.Elements(Enum.GetValues<DownlinkMode>())
        from steps in Step.ArrayOf()
        select new MachineScript(mode, steps),
        Shrink);

    public static Arbitrary<StreamFates> Fates() => Arb.From(
        from failures in Gen.Choose(1, 5)
        from fates in Gen.Elements(Enum.GetValues<StreamFate>()).ArrayOf()
        select new StreamFates(failures, fates),
        original => Without(original.Fates).Select(fates => original with { Fates = fates }));

    private static IEnumerable<MachineScript> Shrink(MachineScript original)
    {
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
