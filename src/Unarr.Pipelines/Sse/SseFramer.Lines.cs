using System.Numerics;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <content>From lines to frames.</content>
public sealed partial class SseFramer
{
    private const long MaxRetryMilliseconds = long.MaxValue / TimeSpan.TicksPerMillisecond;

    /// <summary>Finds the next frames: several at once where they are plain, otherwise one.</summary>
    private bool TryFind<TLines>()
        where TLines : struct, ILines
    {
        EndFrame();
        if (_hasNewId || _hasNewInterval)
        {
            ForgetNewsOfEvent();
        }

        _taken = 0;
        _found = 0;
        if (_resetEvent)
        {
            ResetEvent();
        }

        while (_phase == Phase.Reading)
        {
            ReadOnlySpan<byte> bytes = SegmentSpan;
            if (_carry.Length == 0 && !_data.IsSet && !_type.IsSet && !_id.IsSet)
            {
                FindPlain<TLines>(bytes);
                if (_found > 0)
                {
                    return true;
                }
            }

            if (_data.IsSet && _carry.Length == 0 && _walk.HasEnd<TLines>(bytes)
                && JoinedLines.Join<TLines>(bytes, ref _walk, ref _data, _plainLineBytes, _maxEventBytes))
            {
                return TryDispatch();
            }

            if (_walk.TryTake<TLines>(bytes, out int start, out int end))
            {
                if (TryReadLine(bytes, start, end))
                {
                    return true;
                }

                continue;
            }

            LeaveSegment(bytes);
            if (!TryNextSegment())
            {
                _phase = Phase.Drained;
            }
        }

        return TryReadEnd();
    }

    private void FindPlain<TLines>(ReadOnlySpan<byte> bytes)
        where TLines : struct, ILines
    {
        PlainLines.Begun begun = PlainLines.Find<TLines>(bytes, _frames, ref _walk, _plainLineBytes, out _found);
        if (begun == PlainLines.Begun.Nothing)
        {
            return;
        }

        ref readonly FoundFrame frame = ref _frames[_found];
        bool isData = (begun & PlainLines.Begun.Data) != 0;
        if (isData && _found == 0 && JoinedLines.HasRoom(_plainLineBytes) && JoinedLines.IsAtFurtherLine(bytes, in _walk, in frame))
        {
            FindJoined<TLines>(bytes);
            if (_found > 0)
            {
                return;
            }
        }
        else if (isData)
        {
            _data.Set(frame.Start, frame.Length);
        }

        if (frame.TypeLength > 0)
        {
            _type.Set(frame.Type, frame.TypeLength);
        }
    }

    /// <summary>Joins the lines of the event that was begun and of those behind it. No line is carried: its buffer takes them.</summary>
    private void FindJoined<TLines>(ReadOnlySpan<byte> bytes)
        where TLines : struct, ILines
    {
        // A power of two, as the pool's arrays are.
        int room = 1 << BitOperations.Log2((uint)Math.Min(JoinedLines.MostRoom, _plainLineBytes));
        Span<byte> joined = _carry.Reserve(0, room, room);
        _found = JoinedLines.FindEvents<TLines>(bytes, joined, _frames, ref _walk, _plainLineBytes, out int begin, out int filled);
        _carry.Copied += filled;
        if (_found == 0)
        {
            _carry.Length = filled;
            _data.Set(ref _carry, begin, filled - begin, _maxEventBytes);
            _carry.Clear();
        }
        else if (begin <= filled)
        {
            _data.Set(_carry.Slice(begin, filled - begin), _maxEventBytes);
        }
    }

    private bool Give(SseFrameKind kind, int start, int length)
    {
        _frames[0] = new FoundFrame { Kind = kind, Start = start, Length = length };
        _found = 1;
        return true;
    }

    /// <summary>Reads any line whose end is known.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryReadLine(ReadOnlySpan<byte> bytes, int start, int end)
    {
        ReadOnlySpan<byte> line = bytes[start..end];
        if (!_agent)
        {
            // "The line's bytes + 1, whichever its terminator."
            line = line.TrimEnd((byte)'\r');
        }

        if (_carry.Length > 0)
        {
            Carry(line);
            return TryReadCarry();
        }

        if (line.Length >= _maxLineBytes)
        {
            Fail(SseError.LineTooLong, _maxLineBytes, _segmentOffset + start);
        }

        return TryReadFields(line.TrimEnd((byte)'\r'), start);
    }

    /// <summary>Reads the line that has been carried, whose end is known.</summary>
    private bool TryReadCarry()
    {
        bool given = TryReadFields(_carry.Span.TrimEnd((byte)'\r'), start: -1);
        _carry.Clear();
        return given;
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="start">Where it stands in the segment; -1 when it is the carried one.</param>
    private bool TryReadFields(ReadOnlySpan<byte> line, int start)
    {
        if (line.IsEmpty)
        {
            return TryDispatch();
        }

        if (line[0] == ':')
        {
            return Give(SseFrameKind.Comment, start >= 0 ? start + 1 : FoundFrame.InCarry, line.Length - 1);
        }

        if (IsField(line, "data"u8))
        {
            AddData(line, start);
        }
        else if (IsField(line, "event"u8))
        {
            Assign(ref _type, line, "event"u8.Length, start);
        }
        else if (!_agent)
        {
            return TryReadHtmlFields(line, start);
        }

        return false;
    }

    private bool TryReadHtmlFields(ReadOnlySpan<byte> line, int start)
    {
        if (IsField(line, "id"u8))
        {
            // "If the field value does not contain U+0000 NULL, set the last event ID buffer to the field value."
            if (!line.Contains((byte)0))
            {
                Assign(ref _id, line, "id"u8.Length, start);
                _hasNewId = true;
            }
        }
        else if (IsField(line, "retry"u8))
        {
            GetValue(line, "retry"u8.Length, out int from, out int to);
            if (TryParseMilliseconds(line[from..to]))
            {
                _hasReconnectionInterval = true;
                _hasNewInterval = true;
                return Give(SseFrameKind.Retry, 0, 0);
            }
        }

        return false;
    }

    /// <summary>"If value consists of only ASCII digits, interpret it as an integer in base ten";
    /// clamped to what a TimeSpan holds.</summary>
    private bool TryParseMilliseconds(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        _retryMilliseconds = 0;
        foreach (byte digit in value)
        {
            _retryMilliseconds = Math.Min((_retryMilliseconds * 10) + (digit - '0'), MaxRetryMilliseconds);
        }

        return true;
    }

    private void Assign(ref FieldValue field, ReadOnlySpan<byte> line, int nameLength, int start)
    {
        GetValue(line, nameLength, out int from, out int to);
        if (start >= 0)
        {
            field.Set(start + from, to - from);
        }
        else
        {
            field.Set(line[from..to], _maxLineBytes);
        }
    }

    /// <summary>Agent: "the line starts with exactly the name and a colon". Html: "without a colon the whole line is the name".</summary>
    private bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.StartsWith(name) && (line.Length > name.Length ? line[name.Length] == ':' : !_agent);

    /// <summary>Where a field's value stands in its line.</summary>
    private void GetValue(ReadOnlySpan<byte> line, int nameLength, out int from, out int to)
    {
        from = Math.Min(nameLength + 1, line.Length);
        to = line.Length;
        if (_agent)
        {
            WhiteSpace.Trim(line, ref from, ref to);
        }
        else if (from < to && line[from] == ' ')
        {
            // "If value starts with a U+0020 SPACE character, remove it from value."
            from++;
        }
    }

    private void AddData(ReadOnlySpan<byte> line, int start)
    {
        GetValue(line, "data"u8.Length, out int from, out int to);
        int length = to - from;
        if (_data.IsSet)
        {
            JoinData(line.Slice(from, length), start);
            return;
        }

        // Agent: "an empty piece while nothing is joined yet adds nothing", and the bound counts length + 1.
        int least = _agent ? 1 : 0;
        if (length + least > _maxEventBytes)
        {
            FailEvent(start);
        }

        if (length < least)
        {
            return;
        }

        if (start >= 0)
        {
            _data.Set(start + from, length);
        }
        else
        {
            _data.Set(ref _carry, from, length, _maxEventBytes);
        }
    }

    private void JoinData(ReadOnlySpan<byte> piece, int start)
    {
        if ((long)_data.Length + piece.Length + 1 > _maxEventBytes)
        {
            FailEvent(start);
        }

        _data.Join(piece, SegmentSpan, _maxEventBytes);
    }

    /// <summary>Ends the event being read at its blank line.</summary>
    private bool TryDispatch()
    {
        if (_id.IsSet)
        {
            // "Set the last event ID string of the event source to the value of the last event ID buffer", also without data.
            _lastEventIdText = null;
            HasOwnId = _data.IsSet;
            if (!HasOwnId)
            {
                TakeId();
            }
        }

        if (_data.IsSet)
        {
            _resetEvent = true;
            return Give(SseFrameKind.Event, FoundFrame.InFields, _data.Length);
        }

        _type.Reset();
        return false;
    }

    /// <summary>Forgets the event given by the call before, whose memory was valid until now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ResetEvent()
    {
        _resetEvent = false;
        _data.Reset();
        _type.Reset();
    }
}
