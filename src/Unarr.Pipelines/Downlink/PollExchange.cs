using System.Net;
using System.Threading.Channels;
using Unarr.Pipelines.Http;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>One long-poll: its answer, or its failure, is one input.</summary>
internal sealed class PollExchange(int generation, ControlPlaneClient client, ChannelWriter<DownlinkInput> inputs, DownlinkTelemetry telemetry)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await inputs.WriteAsync(await AskAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The machine stopped it and wants no answer.
        }
    }

    private async Task<DownlinkInput> AskAsync(CancellationToken cancellationToken)
    {
        long start = telemetry.Timestamp();
        try
        {
            WakeResponse response = await client.WaitForWakeAsync(cancellationToken).ConfigureAwait(false);
            telemetry.Polled(start, response.Wake ? "wake" : "idle");
            return new DownlinkInput(DownlinkInputKind.PollAnswered, Generation: generation) { Wake = response.Wake };
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            telemetry.Polled(start, "failed");
            var failure = exception as ControlPlaneException;
            return new DownlinkInput(DownlinkInputKind.PollFailed, Generation: generation)
            {
                Detail = exception.Message,
                Failure = failure switch
                {
                    { WasHeld: true } => PollFailure.Cut,
                    { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => PollFailure.Unauthorized,
                    _ => PollFailure.Failed,
                },
                RetryAfter = failure?.RetryAfter ?? TimeSpan.Zero,
                RefusedKey = failure?.RefusedKey,
            };
        }
    }
}
