using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Follows one bucket: first all that is in it, then each change, in order and without a gap.</summary>
/// <remarks>The server sends at least a heartbeat a second. After 3 s without one, or after a gap, it is asked again, from the revision
/// that was last seen.</remarks>
internal sealed class BucketWatch(
    NatsJSContext jetStream, string bucket, Action<BucketEntry> seen, Action<bool> caughtUp, ILogger logger)
{
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan IdleHeartbeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);

    private ulong _lastRevision;
    private bool _isComplete;
    private bool _wasFull;
    private long _lastHeard;
    private DateTimeOffset _made;
    private string? _trouble = "it has not been read yet";

    /// <summary>Why what is known may be behind; <see langword="null"/> when it is not.</summary>
    public string? Trouble => _trouble ?? (System.Diagnostics.Stopwatch.GetElapsedTime(Volatile.Read(ref _lastHeard)) > Silence
        ? NatsFailure.NotReached : null);

    /// <summary>Is called when the bucket was made again since it was read: it is read from its beginning. Without it the caller finds
    /// that out.</summary>
    public Action? BeganAgain { get; init; }

    public ulong LastRevision => Volatile.Read(ref _lastRevision);

    /// <summary>Forgets the place: everything is read again.</summary>
    public void StartOver() => Volatile.Write(ref _lastRevision, 0);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            string why;
            try
            {
                await FollowAsync(cancellationToken).ConfigureAwait(false);
                why = NatsFailure.NotReached;
            }
            catch (NatsJSApiException exception) when (NatsFailure.IsStreamMissing(exception.Error))
            {
                why = NatsFailure.Missing(bucket);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is NatsException or OperationCanceledException or TimeoutException)
            {
                why = exception is NatsJSApiException refused ? NatsFailure.Explain(refused.Error) : NatsFailure.NotReached;
            }

            if (_trouble is null)
            {
                FleetLog.BucketBehind(logger, bucket, why);
            }

            _trouble = why;
            await Task.Delay(Again, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Silence);
        string inbox = $"{jetStream.Connection.Opts.InboxPrefix}.{Guid.NewGuid():N}";
        NatsSubOpts options = new()
        {
            ChannelOpts = new NatsSubChannelOpts
            { Capacity = 64 * 1024, FullMode = System.Threading.Channels.BoundedChannelFullMode.Wait },
        };
        await using INatsSub<byte[]> subscription = await jetStream.Connection.SubscribeCoreAsync<byte[]>(
            inbox, opts: options, cancellationToken: silence.Token).ConfigureAwait(false);
        await LookWhetherMadeAgainAsync(silence.Token).ConfigureAwait(false);
        bool isFull = LastRevision == 0;
        ConsumerInfo consumer = await CreateAsync(inbox, isFull, silence.Token).ConfigureAwait(false);
        try
        {
            Begin(isFull, consumer.NumPending);
            ulong expected = 1;
            while (true)
            {
                silence.CancelAfter(Silence);
                if (!await subscription.Msgs.WaitToReadAsync(silence.Token).ConfigureAwait(false))
                {
                    return;
                }

                while (subscription.Msgs.TryRead(out NatsMsg<byte[]> message))
                {
                    Volatile.Write(ref _lastHeard, System.Diagnostics.Stopwatch.GetTimestamp());
                    if (message.Headers is { Code: 100 })
                    {
                        if (!await IsWithoutGapAsync(message, expected).ConfigureAwait(false))
                        {
                            return;
                        }
                    }
                    else if (message.ReplyTo is not { } reply || !TryTake(message, Place.Parse(reply), ref expected))
                    {
                        return;
                    }
                }
            }
        }
        finally
        {
            _ = DeleteAsync(consumer.Name);
        }
    }

    private async Task LookWhetherMadeAgainAsync(CancellationToken cancellationToken)
    {
        if (BeganAgain is null)
        {
            return;
        }

        DateTimeOffset made = (await jetStream.GetStreamAsync(NatsNames.StreamOf(bucket), cancellationToken: cancellationToken)
            .ConfigureAwait(false)).Info.Created;
        if (LastRevision > 0 && made != _made)
        {
            BeganAgain();
            StartOver();
        }

        _made = made;
    }

    private async Task<ConsumerInfo> CreateAsync(string inbox, bool isFull, CancellationToken cancellationToken)
    {
        ConsumerConfig config = new(Guid.NewGuid().ToString("N"))
        {
            DeliverSubject = inbox,
            DeliverPolicy = isFull ? ConsumerConfigDeliverPolicy.LastPerSubject : ConsumerConfigDeliverPolicy.ByStartSequence,
            FilterSubjects = [NatsNames.SubjectOf(bucket, ">")],
            AckPolicy = ConsumerConfigAckPolicy.None,
            ReplayPolicy = ConsumerConfigReplayPolicy.Instant,
            MaxDeliver = 1,
            MemStorage = true,
            NumReplicas = 1,
            FlowControl = true,
            IdleHeartbeat = IdleHeartbeat,
            InactiveThreshold = TimeSpan.FromSeconds(30),
        };
        if (!isFull)
        {
            config.OptStartSeq = LastRevision + 1;
        }

        return (await jetStream.CreateConsumerAsync(NatsNames.StreamOf(bucket), config, cancellationToken).ConfigureAwait(false)).Info;
    }

    private void Begin(bool isFull, ulong waiting)
    {
        _isComplete = false;
        _wasFull = isFull;
        Volatile.Write(ref _lastHeard, System.Diagnostics.Stopwatch.GetTimestamp());
        if (waiting == 0)
        {
            Complete();
        }
    }

    private void Complete()
    {
        if (!_isComplete)
        {
            _isComplete = true;
            if (_trouble is not null)
            {
                FleetLog.BucketWhole(logger, bucket);
            }

            _trouble = null;
            caughtUp(_wasFull);
        }
    }

    private static async ValueTask<bool> IsWithoutGapAsync(NatsMsg<byte[]> status, ulong expected)
    {
        if (!string.IsNullOrEmpty(status.ReplyTo))
        {
            await status.ReplyAsync().ConfigureAwait(false);
        }

        return !status.Headers!.TryGetLastValue("Nats-Last-Consumer", out string? last)
            || !ulong.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out ulong delivered)
            || delivered < expected;
    }

    private bool TryTake(NatsMsg<byte[]> message, Place? parsed, ref ulong expected)
    {
        if (parsed is not { } place || place.Delivered != expected)
        {
            return false;
        }

        expected++;
        string? Header(string name) => message.Headers?.TryGetLastValue(name, out string? value) == true ? value : null;
        seen(new BucketEntry(
            message.Subject[NatsNames.SubjectOf(bucket, "").Length..], place.Revision, message.Data ?? [],
            BucketEntry.IsDeletion(Header(BucketEntry.OperationHeader)), place.At, Header));
        Volatile.Write(ref _lastRevision, Math.Max(LastRevision, place.Revision));
        if (place.Waiting == 0)
        {
            Complete();
        }

        return true;
    }

    private async Task DeleteAsync(string consumer)
    {
        try
        {
            using CancellationTokenSource soon = new(TimeSpan.FromSeconds(1));
            await jetStream.DeleteConsumerAsync(NatsNames.StreamOf(bucket), consumer, soon.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException)
        {
            // The server forgets it by itself after its threshold of inactivity.
            FleetLog.WatchNotDeleted(logger, exception, bucket);
        }
    }

    /// <summary>What the reply subject of a delivered message says.</summary>
    private readonly record struct Place(ulong Revision, ulong Delivered, DateTimeOffset At, ulong Waiting)
    {
        public static Place? Parse(string reply)
        {
            // "$JS.ACK.stream.consumer.tries.sequence.delivered.time.waiting", with domain and account before the stream in newer servers.
            string[] parts = reply.Split('.');
            int first = parts.Length == 9 ? 2 : parts.Length >= 11 ? 4 : -1;
            return first > 0 && Number(parts[first + 3], out ulong revision) && Number(parts[first + 4], out ulong delivered)
                && Number(parts[first + 5], out ulong nanoseconds) && Number(parts[first + 6], out ulong waiting)
                ? new Place(revision, delivered, DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / 100)), waiting)
                : null;
        }

        private static bool Number(string text, out ulong value) =>
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
