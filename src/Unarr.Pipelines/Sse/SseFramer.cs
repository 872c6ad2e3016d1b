using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Turns the bytes of an event stream into frames, in bounded memory, without I/O, clocks and garbage.</summary>
/// <remarks>
/// <para>
/// Append bytes with <see cref="Append(ReadOnlyMemory{byte})"/>, take frames with <see cref="TryRead"/> until it returns
/// <see langword="false"/>, and repeat. The frames do not depend on how the bytes were cut. Once <see cref="TryRead"/> has returned
/// <see langword="false"/>, the framer holds no reference to the appended bytes: it copies what straddles two reads into pooled arrays,
/// which hold at most 4 × <see cref="SseReaderOptions.MaxLineBytes"/> + <see cref="SseReaderOptions.MaxEventBytes"/> bytes.
/// </para>
/// <para>The work is linear in the bytes, and nothing is allocated per line, comment or event. A framer is not thread-safe.</para>
/// <example>
/// <code>
/// using var framer = new SseFramer();
/// framer.Append("event: greeting\ndata: hello\n\n"u8.ToArray());
/// while (framer.TryRead(out SseFrame frame))
/// {
///     if (frame.IsEvent("greeting"u8))
///     {
///         Console.WriteLine(frame.GetText());
///     }
/// }
/// </code>
/// </example>
/// </remarks>
public sealed partial class SseFramer : IDisposable
{
    /// <summary>The bits of a version that are left for a frame's kind.</summary>
    internal const int KindBits = 2;

    // More than the frames found at once.
    private const long EpochStep = 32 << KindBits;

    private readonly bool _agent;
    private readonly int _maxLineBytes;
    private readonly int _maxEventBytes;
    private readonly int _plainLineBytes;

    // The segment under the framer, its array where it has one, and the line in it.
    private ReadOnlyMemory<byte> _segment;
    private ArraySegment<byte> _array;
    private ReadOnlySequence<byte> _sequence;
    private SequencePosition _next;
    private long _segmentOffset;
    private LineWalk _walk;

    // The event being read.
    private FieldValue _data;
    private FieldValue _type;
    private FieldValue _id;
    private PooledBuffer _lastEventId;
    private long _retryMilliseconds;

    // The frames found, of which so many were taken.
    private readonly FoundFrame[] _frames = new FoundFrame[PlainLines.RoomForFrames];
    private int _found;
    private int _taken;

    // What straddles two segments.
    private PooledBuffer _carry;
    private long _carryOffset;
    private int _byteOrderMark;

    // What the ids are as strings, where they were asked for: the one in force, and that of the last event taken.
    private string? _lastEventIdText;
    private string? _takenIdText;
    private SharedVersion _takenIdVersion;
    private bool _hasReconnectionInterval;

    // What was set since the event before.
    private bool _hasNewId;
    private bool _hasNewInterval;

    // Which search or other call this is; with the frames taken since, that is a version, and a frame is valid in one only.
    private long _epoch;

    private bool _skipLineFeed;
    private bool _resetEvent;
    private Phase _phase;
    private SseError _error;
    private int _errorLimit;
    private long _errorOffset;

    /// <summary>Makes a framer for one stream.</summary>
    /// <param name="options">The dialect and the bounds. Default: those of <see cref="SseReaderOptions"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is not a defined one, or a bound is out of its range.</exception>
    public SseFramer(SseReaderOptions? options = null)
    {
        options = SseReaderOptions.Checked(options);
        _agent = options.Dialect == SseDialect.Agent;
        _maxLineBytes = options.MaxLineBytes;
        _maxEventBytes = options.MaxEventBytes;
        _plainLineBytes = Math.Min(_maxLineBytes, _maxEventBytes);
        // "A leading byte order mark is dropped" (Html); to an agent it is an ordinary byte.
        _byteOrderMark = _agent ? -1 : 0;
    }

    private enum Phase : byte
    {
        /// <summary>All bytes handed in have been read: more may come.</summary>
        Drained,

        /// <summary>There are bytes that have not been read.</summary>
        Reading,

        /// <summary>The stream has ended; what the end itself gives has not been taken.</summary>
        Ending,

        /// <summary>The stream has ended and every frame has been taken.</summary>
        Ended,

        /// <summary>A bound was passed.</summary>
        Failed,

        Disposed,
    }

    /// <summary>Whether every frame of the appended bytes has been taken, so that more bytes can be appended.</summary>
    public bool IsDrained => _phase is Phase.Drained or Phase.Ended;

    /// <summary>Whether arrays that hold nothing are kept between two reads; default: they are given back.</summary>
    internal bool KeepsSpareArrays { get; init; }

    /// <summary>Whether the bytes handed in may be extended: then those of an event that is not complete stay where they are.</summary>
    internal bool IsExtended { get; init; }

    /// <summary>Whether bytes of an event that is not complete are still read from the memory handed in.</summary>
    internal bool HoldsSegment => !_segment.IsEmpty;

    /// <summary>The bytes of all arrays held now.</summary>
    internal long HeldBytes => (long)_carry.Capacity + _data.Capacity + _type.Capacity + _id.Capacity + _lastEventId.Capacity;

    /// <summary>How many bytes were ever copied; slices of the segments are not.</summary>
    internal long CopiedBytes => _carry.Copied + _data.Copied + _type.Copied + _id.Copied + _lastEventId.Copied;

    /// <summary>Appends the stream's next bytes.</summary>
    /// <param name="bytes">The bytes; they must not change until <see cref="TryRead"/> has returned <see langword="false"/>.</param>
    /// <exception cref="InvalidOperationException">Not every frame of the earlier bytes has been taken,
    /// or the stream was completed.</exception>
    /// <exception cref="SseException">The stream passed a bound earlier.</exception>
    public void Append(ReadOnlyMemory<byte> bytes)
    {
        EndFrame();
        ThrowIfNotAppendable();
        _phase = Phase.Reading;
        BeginSegment(bytes);
    }

    /// <inheritdoc cref="Append(ReadOnlyMemory{byte})"/>
    public void Append(in ReadOnlySequence<byte> bytes)
    {
        EndFrame();
        ThrowIfNotAppendable();
        _phase = Phase.Reading;
        _sequence = bytes;
        _next = bytes.Start;
        if (!TryNextSegment())
        {
            BeginSegment(default);
        }
    }

    /// <summary>Completes the stream: <see cref="TryRead"/> then returns the frames that only the end completes.</summary>
    /// <remarks>
    /// <see cref="SseDialect.Agent"/> reads an unterminated last line like any other line, and <see cref="SseDialect.Html"/> drops it. Both
    /// drop an event without its blank line. Completing twice is harmless.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Not every frame of the earlier bytes has been taken.</exception>
    /// <exception cref="SseException">The stream passed a bound earlier.</exception>
    public void Complete()
    {
        EndFrame();
        ThrowIfUnusable();
        if (_phase is Phase.Drained)
        {
            LetGo();
            _phase = Phase.Ending;
        }
        else if (_phase is Phase.Reading)
        {
            throw new InvalidOperationException("Take every frame with TryRead before completing the stream.");
        }
    }

    /// <summary>Takes the next frame out of the appended bytes.</summary>
    /// <param name="frame">The frame; it is valid until the next call on this framer.</param>
    /// <returns><see langword="false"/> when no further frame is complete: append more bytes.</returns>
    /// <exception cref="SseException">A line or an event passed its bound. The earlier frames were returned, and every later call
    /// throws the same error.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out SseFrame frame)
    {
        // Inlined, so that the frame stays in the caller's registers.
        if (_taken == _found && !TryFind())
        {
            frame = default;
            return false;
        }

        ref readonly FoundFrame found = ref _frames[_taken++];
        frame = new SseFrame(this, Version, in found);
        return true;
    }

    /// <summary>Returns the pooled arrays to their pool. Disposing twice is harmless.</summary>
    public void Dispose()
    {
        // Disposing asks for no further frame: the id of the one given last stays that of an event not yet taken.
        _epoch += EpochStep;
        KeepIds();
        _phase = Phase.Disposed;
        _segment = default;
        _array = default;
        _sequence = default;
        _next = default;
        _resetEvent = false;
        _found = 0;
        _taken = 0;
        ReleaseAll();
    }

    private bool TryFind() => _agent ? TryFind<AgentLines>() : TryFind<HtmlLines>();

    private bool TryReadEnd()
    {
        ThrowIfUnusable();
        if (_phase == Phase.Ending)
        {
            _phase = Phase.Ended;
            EndedWithMarker = EndsWithMarker();
            // Agent: "an unterminated last line is processed like a line".
            if (_agent && _carry.Length > 0 && TryReadCarry())
            {
                return true;
            }
        }

        if (_phase == Phase.Ended)
        {
            ReleaseAll();
        }
        else if (!KeepsSpareArrays)
        {
            ReleaseSpareArrays();
        }

        return false;
    }

    /// <summary>Gives arrays back that hold nothing.</summary>
    internal void ReleaseSpareArrays()
    {
        _data.ReleaseIfUnset();
        _type.ReleaseIfUnset();
        _id.ReleaseIfUnset();
        if (_carry.Length == 0)
        {
            _carry.Release();
        }

        if (_lastEventId.Length == 0)
        {
            _lastEventId.Release();
        }
    }

    private void ReleaseAll()
    {
        KeepIds();
        _lastEventId.Release();
        _data.Release();
        _type.Release();
        _id.Release();
        HasOwnId = false;
        _carry.Release();
    }

    /// <summary>What a reconnect sends outlives the stream.</summary>
    private void KeepIds()
    {
        _ = LastEventIdText;
        _ = TakenIdText;
        // Another thread that still reads the bytes sees by the text that they may be gone.
        SharedVersion.PublishWrites();
    }

    private void ThrowIfNotAppendable()
    {
        if (_phase == Phase.Drained)
        {
            return;
        }

        ThrowIfUnusable();
        throw new InvalidOperationException(_phase == Phase.Reading
            ? "Take every frame with TryRead before appending more bytes."
            : "The stream was completed.");
    }

    internal void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_phase == Phase.Disposed, this);
        if (_phase == Phase.Failed)
        {
            throw SseException.BoundPassed(_error, _errorLimit, _errorOffset);
        }
    }

    [DoesNotReturn]
    private void FailEvent(int start) =>
        Fail(SseError.EventTooLarge, _maxEventBytes, start < 0 ? _carryOffset : _segmentOffset + start);

    [DoesNotReturn]
    private void Fail(SseError error, int limit, long offset)
    {
        _phase = Phase.Failed;
        _error = error;
        _errorLimit = limit;
        _errorOffset = offset;
        _segment = default;
        _array = default;
        _sequence = default;
        _next = default;
        ReleaseAll();
        throw SseException.BoundPassed(error, limit, offset);
    }
}
