using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <content>From lines to frames.</content>
public sealed partial class SseFramer
{
    private const long MaxRetryMilliseconds = long.MaxValue / TimeSpan.TicksPerMillisecond;

    // The beginning of a plain line, read as one little-endian number.
    private const ulong DataName = 0x3A_61_74_61_64; // "data:"
    private const ulong DataMask = 0xFF_FF_FF_FF_FF;
    private const ulong EventName = 0x3A_74_6E_65_76_65; // "event:"
    private const ulong EventMask = 0xFF_FF_FF_FF_FF_FF;

    /// <summary>What the loop over lines is compiled for, once a dialect.</summary>
    private interface ILines
    {
        static abstract bool IsAgent { get; }
    }

    private ReadOnlySpan<byte> SegmentSpan => _array.Array is null ? _segment.Span : _array.AsSpan();

    /// <summary>Finds the next frames: several at once where they are plain, otherwise one.</summary>
    private bool TryFind<TLines>()
        where TLines : struct, ILines
    {
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

            if (_ends.TryTake(bytes, carriageReturns: !TLines.IsAgent, out int end))
            {
                int start = _start;
                _start = end + 1;
                if (TryReadLine(bytes, start, end))
                {
                    return true;
                }

                continue;
            }

            EndSegment(bytes);
            if (!TryNextSegment())
            {
                _phase = Phase.Drained;
            }
        }

        return TryReadEnd();
    }

    /// <summary>Finds the frames of plain lines, up to the first line that is not: it and the event begun before it are left to be read.</summary>
    private void FindPlain<TLines>(ReadOnlySpan<byte> bytes)
        where TLines : struct, ILines
    {
        Span<FoundFrame> frames = _frames;
        LineEnds ends = _ends;
        int start = _start;
        int longest = _plainLineBytes;
        int found = 0;
        int data = 0;
        int typeLength = 0;
        while (found < frames.Length && ends.TryTake(bytes, carriageReturns: !TLines.IsAgent, out int end))
        {
            ref FoundFrame frame = ref frames[found];
            int to = end;
            if (to > start && bytes[to - 1] == '\r')
            {
                to--;
            }

            if (to == start)
            {
                if (data != 0)
                {
                    frame.Kind = SseFrameKind.Event;
                    frame.Start = data;
                    frame.TypeLength = typeLength;
                    data = 0;
                    found++;
                }

                typeLength = 0;
                start = end + 1;
                continue;
            }

            // Within both bounds, and read as one number with bytes of the next line where it is short.
            if (end - start < longest && BinaryPrimitives.TryReadUInt64LittleEndian(bytes[start..], out ulong name))
            {
                if ((name & DataMask) == DataName && data == 0)
                {
                    int from = start + "data:"u8.Length;
                    if (IsPlainValue<TLines>(bytes, ref from, to))
                    {
                        frame.Length = to - from;
                        if (ends.TryTakeBlank(end))
                        {
                            frame.Kind = SseFrameKind.Event;
                            frame.Start = from;
                            frame.TypeLength = typeLength;
                            typeLength = 0;
                            found++;
                            start = end + 2;
                            continue;
                        }

                        data = from;
                        start = end + 1;
                        continue;
                    }
                }
                else if ((name & EventMask) == EventName)
                {
                    int from = start + "event:"u8.Length;
                    if (IsPlainValue<TLines>(bytes, ref from, to))
                    {
                        frame.Type = from;
                        typeLength = to - from;
                        start = end + 1;
                        continue;
                    }
                }
                else if ((byte)name == ':' && bytes[to - 1] != '\r' && data == 0 && typeLength == 0)
                {
                    frame.Kind = SseFrameKind.Comment;
                    frame.Start = start + 1;
                    frame.Length = to - start - 1;
                    found++;
                    start = ends.TryTakeBlank(end) ? end + 2 : end + 1;
                    continue;
                }
            }

            ends.PutBack(end);
            break;
        }

        _ends = ends;
        _start = start;
        _found = found;
        if (data != 0)
        {
            _data.Set(data, _frames[found].Length);
        }

        if (typeLength != 0)
        {
            _type.Set(_frames[found].Type, typeLength);
        }
    }

    /// <summary>Steps over the one blank in front of a value, unless more than that would have to be trimmed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsPlainValue<TLines>(ReadOnlySpan<byte> bytes, ref int from, int to)
        where TLines : struct, ILines
    {
        if (bytes[from] == ' ')
        {
            from++;
        }

        return !TLines.IsAgent || (WhiteSpace.IsPrintable(bytes[from]) && WhiteSpace.IsPrintable(bytes[to - 1]));
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
            return TryReadWhatWgFields(line, start);
        }

        return false;
    }

    private bool TryReadWhatWgFields(ReadOnlySpan<byte> line, int start)
    {
        if (IsField(line, "id"u8))
        {
            // "If the field value does not contain U+0000 NULL, set the last event ID buffer to the field value."
            if (!line.Contains((byte)0))
            {
                Assign(ref _id, line, "id"u8.Length, start);
            }
        }
        else if (IsField(line, "retry"u8))
        {
            GetValue(line, "retry"u8.Length, out int from, out int to);
            if (TryParseMilliseconds(line[from..to]))
            {
                return Give(SseFrameKind.Retry, 0, 0);
            }
        }

        return false;
    }

    /// <summary>"If value consists of only ASCII digits, interpret it as an integer in base ten"; clamped to what a TimeSpan holds.</summary>
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

    /// <summary>Agent: "the line starts with exactly the name and a colon". WhatWg: "without a colon the whole line is the name".</summary>
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
            _lastEventId.Replace(_id.Memory(_segment).Span, _maxLineBytes);
            _id.Reset();
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

    private readonly struct AgentLines : ILines
    {
        public static bool IsAgent => true;
    }

    private readonly struct WhatWgLines : ILines
    {
        public static bool IsAgent => false;
    }
}
