using System.Runtime.InteropServices;

namespace Unarr.Pipelines.Sse;

/// <content>From the bytes handed in to segments, and what straddles two of them.</content>
public sealed partial class SseFramer
{
    private void BeginSegment(ReadOnlyMemory<byte> segment, int quiet = 0)
    {
        _segment = segment;
        _array = MemoryMarshal.TryGetArray(segment, out ArraySegment<byte> array) ? array : default;
        ReadOnlySpan<byte> bytes = SegmentSpan;
        // "A CR ends its line at once; an LF right behind it is swallowed, in the next read too."
        int start = _skipLineFeed && !bytes.IsEmpty && bytes[0] == '\n' ? 1 : 0;
        if (_byteOrderMark >= 0)
        {
            start = SkipByteOrderMark(bytes);
        }

        _walk.Start = start;
        Search(bytes, Math.Max(start, quiet));
    }

    /// <summary>Looks for line ends from a byte on; those before it are known.</summary>
    private void Search(ReadOnlySpan<byte> bytes, int from)
    {
        if (_agent)
        {
            _walk.Search<AgentLines>(bytes, from);
        }
        else
        {
            _walk.Search<HtmlLines>(bytes, from);
        }
    }

    /// <summary>Hands in further bytes that follow those before in the same memory: what straddles them needs no copy.</summary>
    /// <param name="bytes">The bytes, with those handed in before in front.</param>
    /// <param name="quiet">How many of them, with those handed in before, are known to end no line.</param>
    internal void Extend(ReadOnlyMemory<byte> bytes, int quiet)
    {
        EndFrame();
        ThrowIfNotAppendable();
        _phase = Phase.Reading;
        int before = _segment.Length;
        if (before == 0)
        {
            BeginSegment(bytes, quiet);
            return;
        }

        _segment = bytes;
        _array = MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> array) ? array : default;
        ReadOnlySpan<byte> all = SegmentSpan;
        if (!_agent && all[before - 1] == '\r' && before < all.Length && all[before] == '\n')
        {
            // The line ended at its CR.
            before++;
            _walk.Start = before;
        }

        Search(all, Math.Max(before, quiet));
    }

    /// <summary>How many more bytes there may be, of however many lines, before a bound decides.</summary>
    internal int Room => Math.Min(_maxLineBytes, _maxEventBytes - _data.Length) - _carry.Length - LineBytes;

    /// <summary>Whether a lone CR ends a line.</summary>
    internal bool EndsAtCarriageReturn => !_agent;

    /// <summary>What the line may complete that the next byte belongs to; there is no frame to be taken.</summary>
    internal LineOutlook.Line CurrentLine
    {
        get
        {
            if (_byteOrderMark >= 0)
            {
                return LineOutlook.Line.Frame;
            }

            if (_carry.Length > 0)
            {
                return LineOutlook.BegunBy(_carry.Span[0]);
            }

            if (LineBytes > 0)
            {
                return LineOutlook.BegunBy(SegmentSpan[_walk.Start]);
            }

            return _data.IsSet ? LineOutlook.Line.Next : LineOutlook.Line.Between;
        }
    }

    /// <summary>How many bytes of the line that has not ended are in the memory handed in.</summary>
    private int LineBytes => HoldsSegment ? _segment.Length - _walk.Start : 0;

    /// <summary>How many bytes of the memory handed in would have to be moved with what is begun.</summary>
    internal int NeededBytes => LineBytes + _data.InSegment + _type.InSegment + _id.InSegment;

    /// <summary>Copies what is still needed of the bytes handed in, but for the line that has not ended: it is to be moved.</summary>
    /// <returns>How long that line is, at the end of the bytes handed in; 0 when nothing is to be moved: <see cref="LetGo"/>.</returns>
    internal int BeginMove()
    {
        int line = _segment.Length - _walk.Start;
        if (!HoldsSegment || _carry.Length > 0 || line == 0)
        {
            return 0;
        }

        EndFrame();
        KeepFields(SegmentSpan);
        return line;
    }

    /// <summary>Takes the moved line, in which no line ends.</summary>
    internal void EndMove(ReadOnlyMemory<byte> line)
    {
        _segmentOffset += _walk.Start;
        _segment = line;
        _array = MemoryMarshal.TryGetArray(line, out ArraySegment<byte> array) ? array : default;
        _walk.Start = 0;
        Search(SegmentSpan, line.Length);
    }

    /// <summary>Copies what is still needed of the bytes handed in, so that their memory can be used anew.</summary>
    internal void LetGo()
    {
        EndFrame();
        if (!_segment.IsEmpty)
        {
            EndSegment(SegmentSpan);
        }
    }

    private int SkipByteOrderMark(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        int at = 0;
        while (at < bytes.Length && _byteOrderMark < mark.Length && bytes[at] == mark[_byteOrderMark])
        {
            at++;
            _byteOrderMark++;
        }

        if (_byteOrderMark == mark.Length)
        {
            _byteOrderMark = -1;
            return at;
        }

        if (at == bytes.Length)
        {
            return at;
        }

        // No mark after all: what earlier segments held of it belongs to the first line.
        _carry.Append(mark[..(_byteOrderMark - at)], _maxLineBytes);
        _byteOrderMark = -1;
        return 0;
    }

    private bool TryNextSegment()
    {
        // By position, not by slicing: an empty segment is a step too.
        if (_sequence.TryGet(ref _next, out ReadOnlyMemory<byte> segment))
        {
            BeginSegment(segment);
            return true;
        }

        _sequence = default;
        _next = default;
        return false;
    }

    private void Carry(ReadOnlySpan<byte> bytes)
    {
        // "An endless line is refused when the bound is reached, not when the line ends."
        if (_carry.Length + bytes.Length >= _maxLineBytes)
        {
            Fail(SseError.LineTooLong, _maxLineBytes, _carryOffset);
        }

        _carry.Append(bytes, _maxLineBytes);
    }

    /// <summary>Ends the reading of a segment: it stays where more of it is to come and an event in it is not complete.</summary>
    private void LeaveSegment(ReadOnlySpan<byte> bytes)
    {
        int rest = bytes.Length - _walk.Start;
        if (!IsExtended || (rest == 0 && !_data.IsSet && !_type.IsSet && !_id.IsSet))
        {
            EndSegment(bytes);
        }
        else if (_carry.Length + rest >= _maxLineBytes)
        {
            Fail(SseError.LineTooLong, _maxLineBytes, _carry.Length > 0 ? _carryOffset : _segmentOffset + _walk.Start);
        }
    }

    private void EndSegment(ReadOnlySpan<byte> bytes)
    {
        if (_walk.Start < bytes.Length)
        {
            if (_carry.Length == 0)
            {
                _carryOffset = _segmentOffset + _walk.Start;
            }

            Carry(bytes[_walk.Start..]);
        }

        KeepFields(bytes);
        if (!bytes.IsEmpty)
        {
            _skipLineFeed = !_agent && bytes[^1] == '\r';
        }

        _segmentOffset += bytes.Length;
        _segment = default;
        _array = default;
    }

    private void KeepFields(ReadOnlySpan<byte> bytes)
    {
        _data.Keep(bytes, _maxEventBytes);
        _type.Keep(bytes, _maxLineBytes);
        _id.Keep(bytes, _maxLineBytes);
    }
}
