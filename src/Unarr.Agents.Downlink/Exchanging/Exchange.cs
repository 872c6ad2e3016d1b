using System.Threading.Channels;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.Exchanging;

/// <summary>A stream or poll under way: its task and the way to end it. Its end is always posted, unless it was cancelled: also where it
/// throws.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>Begins an exchange.</summary>
    /// <param name="run">Makes it, and returns its end.</param>
    /// <param name="inputs">Where its end is posted.</param>
    /// <param name="faulted">Makes of what it threw the end to post.</param>
    /// <param name="log">Told what it threw.</param>
    public Exchange(
        Func<CancellationToken, Task<DownlinkInput>> run,
        ChannelWriter<DownlinkInput> inputs,
        Func<Exception, DownlinkInput> faulted,
        Action<Exception> log)
    {
        CancellationToken cancellationToken = _cancellation.Token;
        Ended = Task.Run(() => RunAsync(run, inputs, faulted, log, cancellationToken), CancellationToken.None);
    }

    /// <summary>Ends when the exchange has closed all it had opened.</summary>
    public Task Ended { get; }

    /// <summary>Ends the exchange without waiting for it.</summary>
    public void Cancel() => _ = _cancellation.CancelAsync();

    public void Dispose() => _cancellation.Dispose();

    private static async Task RunAsync(
        Func<CancellationToken, Task<DownlinkInput>> run,
        ChannelWriter<DownlinkInput> inputs,
        Func<Exception, DownlinkInput> faulted,
        Action<Exception> log,
        CancellationToken cancellationToken)
    {
        try
        {
            DownlinkInput end;
            try
            {
                end = await run(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellationToken.Caused(exception))
            {
                end = faulted(exception);
                try
                {
                    log(exception);
                }
                catch (Exception)
                {
                    // Its end is posted also where the log is broken.
                    await inputs.WriteAsync(end, cancellationToken).ConfigureAwait(false);
                    throw;
                }
            }

            await inputs.WriteAsync(end, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The machine ended it and wants no word of its end.
        }
    }
}
