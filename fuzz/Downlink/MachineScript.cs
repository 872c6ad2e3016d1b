using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
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
        int opened = 0;
        bool isBusy = false;
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
                generation = Math.Max(generation, 1);
                if (generation == driver.Stream)
                {
                    bool isOpen = opened == generation;
                    if ((step.Kind == DownlinkInputKind.StreamOpened && isOpen)
                        || (step.Kind is DownlinkInputKind.Frames or DownlinkInputKind.HandlerBusy && (!isOpen || isBusy))
                        || (step.Kind == DownlinkInputKind.HandlerFree && (!isOpen || !isBusy)))
                    {
                        // No exchange does this.
                        continue;
                    }

                    opened = step.Kind == DownlinkInputKind.StreamOpened ? generation : opened;
                    isBusy = step.Kind is DownlinkInputKind.HandlerBusy
                        || (isBusy && step.Kind is not (DownlinkInputKind.HandlerFree or DownlinkInputKind.StreamOpened));
                }

                driver.Send(Input(step, generation, driver.Now));
            }

            check();
        }
    }

    private static DownlinkInput Input(MachineStep step, int generation, TimeSpan now) => new(step.Kind, Generation: generation)
    {
        Wake = step.Wake,
        End = step.End,
        Failure = step.Failure,
        RetryAfter = step.RetryAfter,
        Again = step.Came,
        Begun = now,
        ControlsCame = step.Came ? now : null,
        Comments = 1,
        Mirror = new Uri("https://mirror.example"),
    };
}
