using System.Buffers;
using System.Buffers.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>Writes an event stream: what it writes, <see cref="SseFramer"/> reads back as it was.</summary>
/// <remarks>
/// Nothing is buffered and nothing is allocated: each call writes whole lines to the output. What the dialect cannot carry is refused with
/// an <see cref="ArgumentException"/> before a byte is written. The bounds of <see cref="SseLimits"/> are the reader's and are not checked.
/// </remarks>
public sealed class SseWriter
{
    private readonly IBufferWriter<byte> _output;
    private readonly bool _agent;

    private static ReadOnlySpan<byte> EventName => "event: "u8;

    private static ReadOnlySpan<byte> DataName => "data: "u8;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">Where the bytes go; flushing it is the caller's.</param>
    /// <param name="dialect">How the other end reads. Default: <see cref="SseDialect.WhatWg"/>.</param>
    public SseWriter(IBufferWriter<byte> output, SseDialect dialect = SseDialect.WhatWg)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)dialect, (uint)SseDialect.Agent, nameof(dialect));
        _output = output;
        _agent = dialect == SseDialect.Agent;
    }

    /// <summary>Writes an event of the default type, <c>message</c>.</summary>
    /// <inheritdoc cref="WriteEvent(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void WriteEvent(ReadOnlySpan<byte> data) => WriteEvent(default, data);

    /// <summary>Writes an event.</summary>
    /// <param name="type">Its type; empty is the default, <c>message</c>.</param>
    /// <param name="data">
    /// Its data, split at line ends: LF, CRLF and CR in <see cref="SseDialect.WhatWg"/>; LF with any CRs before it in
    /// <see cref="SseDialect.Agent"/>, which keeps a lone CR. The reader gets LF for each of them.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The type holds a line end. In <see cref="SseDialect.Agent"/> also: the data is empty or begins with a line end, or white space
    /// stands at the edge of the type or of a line of the data, where the reader would trim it.
    /// </exception>
    public void WriteEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        ThrowIfNotCarried(type, data);
        WriteTypeAndData(type, data);
    }

    /// <summary>Writes an event that sets the last event id (<see cref="SseDialect.WhatWg"/> only).</summary>
    /// <param name="type">Its type; empty is the default, <c>message</c>.</param>
    /// <param name="data">Its data, split at line ends.</param>
    /// <param name="id">The last event id from this event on; empty resets it.</param>
    /// <exception cref="ArgumentException">The type or the id holds a line end, or the id holds U+0000.</exception>
    /// <exception cref="InvalidOperationException">The dialect is <see cref="SseDialect.Agent"/>, which has no ids.</exception>
    public void WriteEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, ReadOnlySpan<byte> id)
    {
        ThrowIfAgent("ids");
        ThrowIfNotCarried(type, data);
        if (id.ContainsAny((byte)'\r', (byte)'\n', (byte)0))
        {
            throw new ArgumentException("An event id cannot hold a line end or U+0000.", nameof(id));
        }

        WriteLine("id: "u8, id);
        WriteTypeAndData(type, data);
    }

    /// <summary>Writes a comment, the usual heartbeat; a text of several lines becomes as many comments.</summary>
    /// <param name="text">The text, written as it is directly behind the colon.</param>
    /// <exception cref="ArgumentException">
    /// In <see cref="SseDialect.Agent"/>: the text ends in a CR, which the reader would take for a part of the line end.
    /// </exception>
    public void WriteComment(ReadOnlySpan<byte> text)
    {
        if (_agent && text.EndsWith("\r"u8))
        {
            throw new ArgumentException("The agent dialect drops a CR at the end of a comment.", nameof(text));
        }

        bool last;
        do
        {
            WriteLine(":"u8, NextLine(ref text, out last));
        }
        while (!last);
    }

    /// <summary>Writes a reconnection time (<see cref="SseDialect.WhatWg"/> only).</summary>
    /// <param name="reconnectionTime">The time, in whole milliseconds; fractions are dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    /// <exception cref="InvalidOperationException">The dialect is <see cref="SseDialect.Agent"/>, which has no reconnection time.</exception>
    public void WriteRetry(TimeSpan reconnectionTime)
    {
        ThrowIfAgent("reconnection time");
        ArgumentOutOfRangeException.ThrowIfLessThan(reconnectionTime, TimeSpan.Zero);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(reconnectionTime.Ticks / TimeSpan.TicksPerMillisecond, digits, out int length);
        WriteLine("retry: "u8, digits[..length]);
    }

    private void WriteTypeAndData(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (EndOfLine(data) >= 0)
        {
            WriteLines(type, data);
            return;
        }

        // The usual event, of one line of data, in one piece.
        int typeLine = type.IsEmpty ? 0 : EventName.Length + type.Length + 1;
        int length = typeLine + DataName.Length + data.Length + 2;
        Span<byte> text = _output.GetSpan(length)[..length];
        if (!type.IsEmpty)
        {
            EventName.CopyTo(text);
            type.CopyTo(text[EventName.Length..]);
            text[typeLine - 1] = (byte)'\n';
            text = text[typeLine..];
        }

        DataName.CopyTo(text);
        data.CopyTo(text[DataName.Length..]);
        text[^1] = (byte)'\n';
        text[^2] = (byte)'\n';
        _output.Advance(length);
    }

    private void WriteLines(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (!type.IsEmpty)
        {
            WriteLine(EventName, type);
        }

        bool last;
        do
        {
            WriteLine(DataName, NextLine(ref data, out last));
        }
        while (!last);
        _output.Write("\n"u8);
    }

    private void WriteLine(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value)
    {
        int length = prefix.Length + value.Length + 1;
        Span<byte> line = _output.GetSpan(length);
        prefix.CopyTo(line);
        value.CopyTo(line[prefix.Length..]);
        line[length - 1] = (byte)'\n';
        _output.Advance(length);
    }

    private int EndOfLine(ReadOnlySpan<byte> text) => _agent ? text.IndexOf((byte)'\n') : text.IndexOfAny((byte)'\r', (byte)'\n');

    private ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> text, out bool last)
    {
        int end = EndOfLine(text);
        last = end < 0;
        if (last)
        {
            return text;
        }

        ReadOnlySpan<byte> line = text[..end];
        bool crLf = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
        text = text[(end + (crLf ? 2 : 1))..];
        return _agent ? line.TrimEnd((byte)'\r') : line;
    }

    private void ThrowIfNotCarried(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (type.ContainsAny((byte)'\r', (byte)'\n') && (!_agent || type.Contains((byte)'\n')))
        {
            throw new ArgumentException("An event type cannot hold a line end.", nameof(type));
        }

        if (_agent)
        {
            ThrowIfTrimmed(type, data);
        }
    }

    private void ThrowIfTrimmed(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (WhiteSpace.IsAtEdge(type))
        {
            throw new ArgumentException("The agent dialect trims white space at the edges of an event type.", nameof(type));
        }

        bool last;
        bool first = true;
        do
        {
            ReadOnlySpan<byte> line = NextLine(ref data, out last);
            if (first && line.IsEmpty)
            {
                throw new ArgumentException("The agent dialect carries no empty data, and no empty line in front of it.", nameof(data));
            }

            if (WhiteSpace.IsAtEdge(line))
            {
                throw new ArgumentException("The agent dialect trims white space at the edges of a data line.", nameof(data));
            }

            first = false;
        }
        while (!last);
    }

    private void ThrowIfAgent(string what)
    {
        if (_agent)
        {
            throw new InvalidOperationException($"The agent dialect has no {what}.");
        }
    }
}
