using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Tests.Downlink;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What happens to a machine; <see cref="MachineDriver"/> holds on every step what no script may break.</summary>
/// <param name="Mode">The mode it has.</param>
/// <param name="Steps">What happens.</param>
public sealed record MachineScript(DownlinkMode Mode, MachineStep[] Steps)
{
    public override string ToString() => $"{Mode}: {string.Join("; ", (IEnumerable<MachineStep>)Steps)}";

    /// <summary>Takes the steps, each followed by a check.</summary>
    internal void Run(MachineDriver driver, Action check)
    {
        foreach (MachineStep step in Steps)
        {
            if (step.Passes > TimeSpan.Zero)
            {
                driver.Pass(step.Passes);
            }
            else
            {
                int generation = step.Target switch
                {
                    MachineTarget.Stream => driver.Stream,
                    MachineTarget.Poll => driver.Poll,
                    _ => step.Stray,
                };
                driver.Send(step.Kind, Math.Max(generation, 1), step.Wake);
            }

            check();
        }
    }
}
