using System.Runtime.CompilerServices;
using System.Text;

namespace Unarr.Pipelines.Sse;

/// <content>What the frame that was returned last shows.</content>
public sealed partial class SseFramer
{
    private static ReadOnlySpan<byte> MessageType => "message"u8;

    private ReadOnlySpan<byte> SegmentSpan => _array.Array is null ? _segment.Span : _array.AsSpan();

    /// <summary>Which call this is: the frame of an earlier one is no longer valid.</summary>
    internal long Version => _epoch + ((long)_taken << KindBits);

    /// <summary>The event's type.</summary>
    internal ReadOnlySpan<byte> EventType
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref readonly FoundFrame frame = ref _frames[_taken - 1];
            return frame.TypeLength > 0 ? InSegment(frame.Type, frame.TypeLength) : OwnEventType;
        }
    }

    /// <summary>The event's type as an item can hold it; <see langword="null"/> when the stream named none.</summary>
    internal string? NamedTypeText
    {
        get
        {
            if (!IsTypeNamed)
            {
                return null;
            }

            string text = Encoding.UTF8.GetString(EventType);
            // An item refuses line breaks in a type; Agent: "a lone CR is an ordinary byte".
            return _agent ? text.Replace('\r', '\uFFFD') : text;
        }
    }

    private ReadOnlySpan<byte> OwnEventType
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get => IsTypeNamed ? _type.Span(SegmentSpan) : MessageType;
    }

    private bool IsTypeNamed
    {
        get
        {
            ref readonly FoundFrame frame = ref _frames[_taken - 1];
            return frame.TypeLength > 0 || (frame.Start == FoundFrame.InFields && _type.Length > 0);
        }
    }

    /// <summary>The last event id in force.</summary>
    internal ReadOnlySpan<byte> LastEventId => HasOwnId ? _id.Span(SegmentSpan) : _lastEventId.Span;

    /// <summary>The last event id in force as a string; "" when there is none. It outlives the stream's end.</summary>
    internal string LastEventIdText => _lastEventIdText ??= Encoding.UTF8.GetString(LastEventId);

    /// <summary>Whether the block of the event that was given last sets an id: it counts as taken at the next call.</summary>
    internal bool HasOwnId { get; private set; }

    /// <summary>The id of the last event taken: that of the one given last counts when the next frame is asked for.</summary>
    internal ReadOnlySpan<byte> TakenId => _lastEventId.Span;

    /// <summary><see cref="TakenId"/> as a string. It outlives the stream's end.</summary>
    internal string TakenIdText => _takenIdText ??= Encoding.UTF8.GetString(_lastEventId.Span);

    /// <summary>Which <see cref="TakenId"/> it is; odd while it changes. Any thread may read it.</summary>
    internal int TakenIdVersion => _takenIdVersion.Value;

    /// <summary>The last reconnection time that the stream sent.</summary>
    internal TimeSpan? ReconnectionInterval =>
        _hasReconnectionInterval ? TimeSpan.FromTicks(_retryMilliseconds * TimeSpan.TicksPerMillisecond) : null;

    /// <summary>The last event id, where it was set between the event before and this one.</summary>
    internal string? NewEventId => _hasNewId && IsFirstEvent() ? LastEventIdText : null;

    /// <summary>The reconnection time, where it was sent between the event before and this one.</summary>
    internal TimeSpan? NewReconnectionInterval => _hasNewInterval && IsFirstEvent() ? ReconnectionInterval : null;

    /// <summary>The frames that the last search found, taken or not.</summary>
    internal ReadOnlySpan<FoundFrame> Found => _frames.AsSpan(0, _found);

    /// <summary>The frame that was taken last.</summary>
    internal SseFrame Taken
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(this, Version, in _frames[_taken - 1]);
    }

    /// <summary>Takes a frame that was found together with the one before: no id and no bound is decided by it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryTakeFound()
    {
        if (_taken == _found)
        {
            return false;
        }

        _taken++;
        return true;
    }

    /// <summary>Takes the next frame, as <see cref="TryRead"/> does.</summary>
    internal bool TryTake() => TryTakeFound() || (TryFind() && TryTakeFound());

    /// <summary>Makes the frame that was returned last invalid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void EndFrame()
    {
        _epoch += EpochStep;
        if (HasOwnId)
        {
            TakeId();
        }
    }

    /// <summary>Begins with the id that an earlier connection of the same stream left in force.</summary>
    internal void ResumeFrom(string lastEventId)
    {
        byte[] id = Encoding.UTF8.GetBytes(lastEventId);
        _lastEventId.Replace(id, Math.Max(_maxLineBytes, id.Length));
        _lastEventIdText = lastEventId;
        _takenIdText = lastEventId;
    }

    /// <summary>Reads <see cref="TakenId"/> from any thread.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="text">The id.</param>
    /// <returns>Whether the id did not change meanwhile; otherwise it must be read again.</returns>
    internal bool TryReadTakenId(out int version, out string text)
    {
        version = TakenIdVersion;
        string? kept = _takenIdText;
        text = kept ?? _lastEventId.GetTextAtAnyTime();
        return _takenIdVersion.IsStill(version) && ReferenceEquals(kept, _takenIdText);
    }

    private void TakeId()
    {
        _takenIdVersion.BeginChange();
        _lastEventId.Replace(_id.Span(SegmentSpan), _maxLineBytes);
        _takenIdText = _lastEventIdText;
        _takenIdVersion.EndChange();
        _id.Reset();
        HasOwnId = false;
    }

    /// <summary>The data of the event or the text of the comment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<byte> Value(int start, int length) =>
        start >= 0 ? InSegment(start, length) : OwnValue(start, length);

    // What is rare is kept out of line: with it inlined, the span is put together in memory, which takes a third of a short event's time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> InSegment(int start, int length) => _array.Array is { } array
        ? new ReadOnlySpan<byte>(array, _array.Offset + start, length)
        : InMemory(start, length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<byte> InMemory(int start, int length) => _segment.Span.Slice(start, length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<byte> OwnValue(int start, int length) => start switch
    {
        FoundFrame.InFields => _data.Span(SegmentSpan),
        FoundFrame.InCarry => _carry.Slice(1, length),
        _ => _carry.Slice(FoundFrame.InJoined - start, length),
    };

    /// <summary>Whether no event comes before this frame among those found with it: what was set was set before all of them.</summary>
    private bool IsFirstEvent() => !HasEvent(_frames.AsSpan(0, _taken - 1));

    private void ForgetNewsOfEvent()
    {
        if (HasEvent(_frames.AsSpan(0, _found)))
        {
            _hasNewId = false;
            _hasNewInterval = false;
        }
    }

    private static bool HasEvent(ReadOnlySpan<FoundFrame> frames)
    {
        foreach (ref readonly FoundFrame frame in frames)
        {
            if (frame.Kind == SseFrameKind.Event)
            {
                return true;
            }
        }

        return false;
    }
}
