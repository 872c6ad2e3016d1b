using System.Buffers;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>One reader of a broadcast: its replay first, then its mailbox.</summary>
internal sealed class BroadcastReader : IEventSource
{
    private readonly SseBroadcastOptions _options;
    private readonly EventStream _stream;
    private readonly EventStreamMeasures _measures;
    private readonly Action<BroadcastReader> _leave;
    private readonly Mailbox _mailbox;
    private Func<Replay>? _startReplay;
    private Replay? _replay;
    private ReplayedIds? _replayed;

    /// <param name="options">The broadcast's.</param>
    /// <param name="stream">The reader's stream.</param>
    /// <param name="measures">What is measured of it.</param>
    /// <param name="startReplay">
    /// Starts the replay, when the stream is open. The reader has joined by then: what is sent meanwhile waits in its mailbox.
    /// </param>
    /// <param name="leave">Called when the stream has ended: nothing is to be posted any more.</param>
    public BroadcastReader(
        SseBroadcastOptions options, EventStream stream, EventStreamMeasures measures, Func<Replay>? startReplay,
        Action<BroadcastReader> leave)
    {
        _leave = leave;
        _options = options;
        _stream = stream;
        _startReplay = startReplay;
        _measures = measures;
        _mailbox = new Mailbox(options.MaxUnsentEvents, options.Overflow);
    }

    /// <summary>Puts an event into the mailbox. Never waits.</summary>
    /// <returns><see langword="false"/> when the reader is to be cut.</returns>
    public bool Post(byte[] encoded)
    {
        switch (_mailbox.Post(encoded))
        {
            case PostOutcome.First:
                _stream.Wake();
                return true;
            case PostOutcome.Dropped:
                _measures.Dropped(_options.Overflow);
                return true;
            case PostOutcome.Overflowed:
                return false;
            default:
                return true;
        }
    }

    /// <summary>Cuts the reader, for which too much waits.</summary>
    public void Cut() => _stream.Cut(StreamEnd.Overflow);

    /// <summary>Ends the reader's stream after what waits for it.</summary>
    public void Finish()
    {
        _mailbox.Close();
        _stream.Wake();
    }

    public SourceState WriteNext()
    {
        if (_startReplay is not null)
        {
            _replay = _startReplay();
            _startReplay = null;
        }

        if (_replay is not null)
        {
            return WriteReplay(_replay);
        }

        int events = WriteWaiting(_stream.Output);
        if (events > 0)
        {
            _measures.Sent(events);
            return SourceState.Wrote;
        }

        return _mailbox.IsFinished ? SourceState.Ended : SourceState.Empty;
    }

    public async ValueTask CloseAsync()
    {
        _leave(this);
        if (_replay is { } replay)
        {
            await replay.CloseAsync().ConfigureAwait(false);
        }
    }

    private SourceState WriteReplay(Replay replay)
    {
        if (!replay.IsWritten)
        {
            return SourceState.Empty;
        }

        if (!replay.WriteNext())
        {
            _replayed = replay.Finish(_options.MaxUnsentEvents);
            _replay = null;
        }

        return SourceState.Wrote;
    }

    private int WriteWaiting(IBufferWriter<byte> output)
    {
        int bytes = 0;
        int events = 0;
        while (bytes < EventStream.PieceBytes && _mailbox.TryTake(out byte[]? encoded))
        {
            if (_replayed is { IsNeeded: true } replayed && replayed.Holds(encoded))
            {
                continue;
            }

            output.Write(encoded);
            bytes += encoded.Length;
            events++;
        }

        if (_replayed is { IsNeeded: false })
        {
            _replayed = null;
        }

        return events;
    }
}
