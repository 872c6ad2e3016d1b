using System.Globalization;
using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>One step of a machine's script: time that passes, or an input.</summary>
public sealed record MachineStep
{
    /// <summary>Time that passes; zero when the step is an input.</summary>
    internal TimeSpan Passes { get; init; }

    /// <summary>How many frames come on the stream, each after <see cref="Passes"/>; zero when the step is another.</summary>
    internal int Beats { get; init; }

    internal DownlinkInputKind Kind { get; init; }

    internal MachineTarget Target { get; init; }

    /// <summary>The generation of an input that is late, or that never was.</summary>
    internal int Stray { get; init; } = 1;

    internal bool Wake { get; init; }

    internal StreamEnd End { get; init; }

    internal PollFailure Failure { get; init; }

    /// <summary>How long the server asked to be left alone.</summary>
    internal TimeSpan RetryAfter { get; init; }

    /// <summary>Whether a new control has come by now, and whether the sync before had failed.</summary>
    internal bool Came { get; init; }

    /// <summary>How many of the frames are comments, and the interval that they tell, in seconds.</summary>
    internal int Comments { get; init; } = 1;

    internal int Told { get; init; }

    /// <summary>Which mirror it is about; zero when none.</summary>
    internal int Mirror { get; init; } = 1;

    public override string ToString() => Beats > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Beats} frames, {Passes.TotalSeconds} s before each")
        : Passes > TimeSpan.Zero
        ? string.Create(CultureInfo.InvariantCulture, $"{Passes.TotalSeconds} s")
        : $"{Kind} of {(Target == MachineTarget.Stray ? $"generation {Stray}" : $"the {Target}")}{(Wake ? ", wake" : "")}{Outcome}";

    private string Outcome => Kind switch
    {
        DownlinkInputKind.StreamEnded => $", {End}, asks for {RetryAfter.TotalSeconds} s",
        DownlinkInputKind.PollFailed => $", {Failure}, asks for {RetryAfter.TotalSeconds} s",
        DownlinkInputKind.PollAnswered or DownlinkInputKind.Synced when Came => ", a control came",
        _ => "",
    };
}
