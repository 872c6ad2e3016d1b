using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Downlink.Syncing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Pacing;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.Exchanging;

/// <summary>One stream from connect to end: its frames go to the queue and the sync loop,
/// and what they prove goes to the machine.</summary>
internal sealed class StreamExchange(
    int generation,
    ControlPlaneClient client,
    ControlQueue controls,
    SyncLoop sync,
    Refusals refusals,
    bool takesEvents,
    ChannelWriter<DownlinkInput> inputs,
    DownlinkTelemetry telemetry,
    ILogger logger)
{
    /// <summary>Reads the stream to its end, and returns that.</summary>
    public async Task<DownlinkInput> RunAsync(CancellationToken cancellationToken)
    {
        using Activity? activity = telemetry.BeginStream();
        DownlinkInput ended = await ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        DownlinkTelemetry.EndStream(activity, ended);
        return ended;
    }

    /// <summary>The end of one that threw what is not the network's.</summary>
    public DownlinkInput Faulted(Exception exception) => Ended(StreamEnd.Faulted, FailureText.OfFault(exception));

    private async Task<DownlinkInput> ReadToEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            EventStream stream = await client.OpenEventStreamAsync(controls.After, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                string passedOver = string.Join("; ", stream.PassedOver.Select(failure => failure.Message));
                await PostAsync(
                    Input(DownlinkInputKind.StreamOpened) with { Mirror = stream.Mirror, Detail = passedOver },
                    cancellationToken).ConfigureAwait(false);
                await ReadFramesAsync(stream, cancellationToken).ConfigureAwait(false);
            }

            return Ended(StreamEnd.Proper, "the server ended the stream");
        }
        catch (SseException exception)
        {
            return Ended(StreamEnd.BoundPassed, exception.Message);
        }
        catch (ControlPlaneException exception)
        {
            RefusalAction action = await refusals.DecideAsync(exception, cancellationToken).ConfigureAwait(false);
            StreamEnd end = (action, exception) switch
            {
                (RefusalAction.Park or RefusalAction.Stop, _) or (RefusalAction.Default, { IsGone: true }) => StreamEnd.Gone,
                (RefusalAction.Default, { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden }) => StreamEnd.Unauthorized,
                (RefusalAction.Default, { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.NotImplemented }) => StreamEnd.NotOffered,
                _ => StreamEnd.NotOpened,
            };
            bool isRefused = !exception.IsTransient && exception.Error != ControlPlaneError.ApiKey;
            return Ended(end, exception.Message) with
            {
                RetryAfter = exception.RetryAfter.GetValueOrDefault(),
                Mirror = isRefused ? exception.Mirror : null,
                RefusedKey = end == StreamEnd.Unauthorized ? exception.RefusedKey : null,
            };
        }
        catch (Exception exception) when (IsCut(exception) && !cancellationToken.Caused(exception))
        {
            return Ended(StreamEnd.Cut, $"the stream was cut: {FailureWords.Of(exception)}");
        }
    }

    private async Task ReadFramesAsync(EventStream stream, CancellationToken cancellationToken)
    {
        bool first = true;
        long bytes = 0;
        while (await stream.Frames.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // What one read brought is one input, however many frames it holds; controls wait for no decision.
            StreamTally tally = default;
            TimeSpan toldHeartbeat = TimeSpan.Zero;
            try
            {
                while (stream.Frames.TryRead(out SseFrame frame))
                {
                    if (frame.Kind == SseFrameKind.Comment)
                    {
                        tally.Comment();
                        toldHeartbeat = first && HeartbeatComment.TryParse(frame.Comment, out TimeSpan told) ? told : toldHeartbeat;
                    }
                    else if (frame.IsEvent("sync"u8))
                    {
                        tally.Sync();
                        sync.Trigger(SyncReason.Event);
                    }
                    else
                    {
                        ValueTask taking = Take(frame, ref tally, cancellationToken);
                        if (!taking.IsCompleted)
                        {
                            // The handler is slow. What has come is told before the wait: that the stream lives is not up to the handler.
                            (StreamTally told, tally) = (tally, default);
                            await TellAsync(told, stream.BytesRead - bytes, toldHeartbeat, cancellationToken).ConfigureAwait(false);
                            bytes = stream.BytesRead;
                            await PostAsync(Input(DownlinkInputKind.HandlerBusy), cancellationToken).ConfigureAwait(false);
                            await taking.ConfigureAwait(false);
                            await PostAsync(Input(DownlinkInputKind.HandlerFree), cancellationToken).ConfigureAwait(false);
                        }
                        else
                        {
                            await taking.ConfigureAwait(false);
                        }
                    }

                    first = false;
                }
            }
            finally
            {
                // Also when a bound was passed behind them: the frames before it have come.
                await TellAsync(tally, stream.BytesRead - bytes, toldHeartbeat, cancellationToken).ConfigureAwait(false);
                bytes = stream.BytesRead;
            }
        }
    }

    /// <summary>Takes an event that is for the handler; completed at once where it need not wait for the handler.</summary>
    private ValueTask Take(in SseFrame frame, ref StreamTally tally, CancellationToken cancellationToken)
    {
        if (frame.IsEvent("command"u8))
        {
            tally.Command();
            return Decode(frame.Data) is { } command ? Add(command, cancellationToken) : ValueTask.CompletedTask;
        }

        tally.Other(frame);
        return takesEvents && frame.Kind == SseFrameKind.Event
            ? new ValueTask(controls.HandOverAsync(new QueuedEvent(frame.EventType, frame.Data), cancellationToken))
            : ValueTask.CompletedTask;
    }

    private ValueTask Add(ControlCommand command, CancellationToken cancellationToken)
    {
        controls.Reject(command.Rejected);
        TimeSpan? within = command.AckWithin is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        return controls.AddStreamedAsync(command.Controls, within, cancellationToken);
    }

    private ValueTask TellAsync(in StreamTally tally, long bytes, TimeSpan toldHeartbeat, CancellationToken cancellationToken)
    {
        telemetry.Received(tally, bytes);
        return tally.Frames > 0
            ? PostAsync(
                Input(DownlinkInputKind.Frames) with
                {
                    Comments = tally.Comments,
                    BeginsWithComment = tally.BeginsWithComment,
                    EndsWithEvent = tally.EndsWithEvent,
                    ToldHeartbeat = toldHeartbeat,
                },
                cancellationToken)
            : ValueTask.CompletedTask;
    }

    /// <summary>"A payload that does not parse is logged and dropped, the stream goes on."</summary>
    private ControlCommand? Decode(ReadOnlySpan<byte> payload)
    {
        try
        {
            return Payload.Read(payload, ProtocolJson.ControlCommand) ?? throw new PayloadException("The payload is null.");
        }
        catch (JsonException exception)
        {
            if (telemetry.PayloadDropped())
            {
                DownlinkLog.CommandDropped(logger, PayloadException.Describe(exception));
            }

            return null;
        }
    }

    /// <summary>Whether the network ended it; an exception of any other kind is a fault.</summary>
    private static bool IsCut(Exception exception) =>
        exception is IOException or HttpRequestException or SocketException or TimeoutException or OperationCanceledException;

    private DownlinkInput Ended(StreamEnd end, string detail) => Input(DownlinkInputKind.StreamEnded) with { End = end, Detail = detail };

    private DownlinkInput Input(DownlinkInputKind kind) => new(kind, Generation: generation);

    private ValueTask PostAsync(in DownlinkInput input, CancellationToken cancellationToken) => inputs.WriteAsync(input, cancellationToken);
}
