using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink.Exchanging;

/// <summary>One long-poll: its answer, or its failure, is one input.</summary>
internal sealed class PollExchange(int generation, ControlPlaneClient client, Refusals refusals, DownlinkTelemetry telemetry)
{
    /// <summary>Asks, and returns what became of it.</summary>
    public async Task<DownlinkInput> RunAsync(CancellationToken cancellationToken)
    {
        long start = telemetry.Timestamp();
        try
        {
            WakeResponse response = await client.WaitForWakeAsync(cancellationToken).ConfigureAwait(false);
            telemetry.Polled(start, response.Wake ? "wake" : "idle");
            return new DownlinkInput(DownlinkInputKind.PollAnswered, Generation: generation) { Wake = response.Wake };
        }
        catch (ControlPlaneException failure)
        {
            telemetry.Polled(start, "failed");
            RefusalAction action = await refusals.DecideAsync(failure, cancellationToken).ConfigureAwait(false);
            PollFailure how = (action, failure) switch
            {
                (_, { WasHeld: true }) => PollFailure.Cut,
                (RefusalAction.Park or RefusalAction.Stop, _) or (RefusalAction.Default, { IsGone: true }) => PollFailure.Gone,
                (RefusalAction.Default, { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden }) =>
                    PollFailure.Unauthorized,
                _ => PollFailure.Failed,
            };
            return Failed(how, failure.Message) with
            {
                RetryAfter = failure.RetryAfter.GetValueOrDefault(),
                RefusedKey = how == PollFailure.Unauthorized ? failure.RefusedKey : null,
            };
        }
    }

    /// <summary>The end of one that threw what is not the network's.</summary>
    public DownlinkInput Faulted(Exception exception) => Failed(PollFailure.Faulted, FailureText.OfFault(exception));

    private DownlinkInput Failed(PollFailure failure, string detail) =>
        new(DownlinkInputKind.PollFailed, Generation: generation) { Failure = failure, Detail = detail };
}
