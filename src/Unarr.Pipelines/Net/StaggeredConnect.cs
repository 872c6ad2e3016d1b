using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>Connects to the first of several addresses that answers (RFC 8305, "Happy Eyeballs").</summary>
/// <param name="dial">Connects to one address, and ends soon after it is cancelled.</param>
/// <param name="timeProvider">The clock of the delay between attempts.</param>
/// <remarks>
/// An attempt that fails starts the next one at once. When the call ends, every connection except the returned one is closed.
/// </remarks>
internal sealed class StaggeredConnect(Func<IPEndPoint, CancellationToken, ValueTask<Stream>> dial, TimeProvider timeProvider)
{
    /// <summary>RFC 8305, section 5: "One recommended value for a default delay is 250 milliseconds."</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <param name="addresses">The addresses in the order of the attempts; at least one.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Ends all attempts.</param>
    /// <exception cref="ConnectFailedException">No address accepted the connection.</exception>
    public async ValueTask<Stream> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Dictionary<Task<Stream>, IPAddress>();
        var failures = new List<(IPAddress Address, Exception Failure)>();
        int started = 0;
        try
        {
            while (failures.Count < addresses.Count)
            {
                if (started < addresses.Count)
                {
                    IPAddress address = addresses[started++];
                    running.Add(DialAsync(new IPEndPoint(address, port), end.Token), address);
                }

                TimeSpan patience = started < addresses.Count ? AttemptDelay : Timeout.InfiniteTimeSpan;
                if (await FirstEndedAsync(running.Keys, patience, cancellationToken).ConfigureAwait(false) is { } ended)
                {
                    running.Remove(ended, out IPAddress? address);
                    if (ended.IsCompletedSuccessfully)
                    {
                        return await ended.ConfigureAwait(false);
                    }

                    failures.Add((address!, ended.Exception?.InnerException ?? new TaskCanceledException(ended)));
                }
            }

            throw new ConnectFailedException(failures);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await CloseAsync(running.Keys).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for an attempt to end; returns <see langword="null"/> when the patience is over.</summary>
    private async Task<Task<Stream>?> FirstEndedAsync(
        IEnumerable<Task<Stream>> running, TimeSpan patience, CancellationToken cancellationToken)
    {
        Task<Task<Stream>> first = Task.WhenAny(running);
        await ((Task)first).WaitAsync(patience, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return first.IsCompleted ? await first.ConfigureAwait(false) : null;
    }

    /// <summary>Dials; a failure before the first wait is the task's, too.</summary>
    private async Task<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) =>
        await dial(endPoint, cancellationToken).ConfigureAwait(false);

    private static async Task CloseAsync(IEnumerable<Task<Stream>> losers)
    {
        foreach (Task<Stream> loser in losers)
        {
            // The others were cancelled because one was faster, or the caller gave up: their failures say nothing.
            await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (loser.IsCompletedSuccessfully)
            {
                await (await loser.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
