using System.Globalization;
using Unarr.Pipelines.Downlink;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>One step of a machine's script: time that passes, or an input.</summary>
public sealed record MachineStep
{
    /// <summary>Time that passes; zero when the step is an input.</summary>
    internal TimeSpan Passes { get; init; }

    internal DownlinkInputKind Kind { get; init; }

    internal MachineTarget Target { get; init; }

    /// <summary>The generation of an input that is late, or that never was.</summary>
    internal int Stray { get; init; } = 1;

    internal bool Wake { get; init; }

    public override string ToString() => Passes > TimeSpan.Zero
        ? string.Create(CultureInfo.InvariantCulture, $"{Passes.TotalSeconds} s")
        : $"{Kind} of {(Target == MachineTarget.Stray ? $"generation {Stray}" : $"the {Target}")}{(Wake ? ", wake" : "")}";
}
