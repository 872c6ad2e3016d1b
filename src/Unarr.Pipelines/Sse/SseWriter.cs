using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Pipelines.Sse;

/// <summary>Writes an event stream into a buffer. <see cref="SseFramer"/> reads it back unchanged.</summary>
/// <remarks>
/// Each call writes whole lines to the output, and allocates nothing for an event of bytes or characters. When the dialect cannot carry a
/// value, the call throws an <see cref="ArgumentException"/> that names the parameter, and writes nothing. The writer does not check the
/// bounds of <see cref="SseReaderOptions"/>, which belong to the reader. A writer is not thread-safe.
/// </remarks>
public sealed class SseWriter
{
    private const int StackBytes = 256;

    private readonly IBufferWriter<byte> _output;
    private readonly bool _agent;
    private JsonBuffer? _json;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">The buffer for the bytes; the caller flushes it.</param>
    /// <param name="dialect">The dialect that the other end reads. Default: <see cref="SseDialect.Html"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dialect is not defined.</exception>
    public SseWriter(IBufferWriter<byte> output, SseDialect dialect = SseDialect.Html)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)dialect, (uint)SseDialect.Agent, nameof(dialect));
        _output = output;
        _agent = dialect == SseDialect.Agent;
    }

    private static ReadOnlySpan<byte> EventName => "event: "u8;

    private static ReadOnlySpan<byte> DataName => "data: "u8;

    private static ulong EventPrefix { get; } = MemoryMarshal.Read<ulong>("event: \0"u8);

    private static ulong DataPrefix { get; } = MemoryMarshal.Read<ulong>("data: \0\0"u8);

    private static ushort BlankLine { get; } = MemoryMarshal.Read<ushort>("\n\n"u8);

    private static ReadOnlySpan<byte> IdName => "id: "u8;

    /// <summary>Writes an event in UTF-8.</summary>
    /// <param name="data">
    /// The event's data, which the writer splits at line ends: LF, CRLF and CR in <see cref="SseDialect.Html"/>; LF with any CRs before it
    /// in <see cref="SseDialect.Agent"/>, which keeps a lone CR. The reader gets LF for each line end.
    /// </param>
    /// <param name="eventType">The event's type; empty is the default, <c>message</c>.</param>
    /// <param name="id">The last event id from this event on; an empty id is not written: see <see cref="WriteLastEventId"/>.</param>
    /// <exception cref="ArgumentException">
    /// The type or the id holds a line end, or the id holds U+0000. In <see cref="SseDialect.Agent"/> also: there is an id, the data is
    /// empty or begins with a line end, or white space is at the edge of the type or of a line of the data, where the reader would trim it.
    /// </exception>
    public void WriteEvent(ReadOnlySpan<byte> data, ReadOnlySpan<byte> eventType = default, ReadOnlySpan<byte> id = default)
    {
        if (id.IsEmpty && IsPlain(data) && (eventType.IsEmpty || IsPlain(eventType)) && TryWriteLine(data, eventType))
        {
            return;
        }

        WriteAnyEvent(data, eventType, id);
    }

    private void WriteAnyEvent(ReadOnlySpan<byte> data, ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> id)
    {
        ThrowIfNotType(eventType);
        if (_agent)
        {
            ThrowIfTrimmed(data);
        }

        if (!id.IsEmpty)
        {
            WriteId(id);
        }

        Write(data, eventType);
    }

    /// <summary>Writes an event from strings.</summary>
    /// <remarks>The strings are written as UTF-8; half of a surrogate pair becomes U+FFFD.</remarks>
    /// <inheritdoc cref="WriteEvent(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void WriteEvent(ReadOnlySpan<char> data, ReadOnlySpan<char> eventType = default, ReadOnlySpan<char> id = default)
    {
        int dataBytes = Encoding.UTF8.GetByteCount(data);
        int typeBytes = Encoding.UTF8.GetByteCount(eventType);
        int length = checked(dataBytes + typeBytes + Encoding.UTF8.GetByteCount(id));
        byte[]? rented = length <= StackBytes ? null : ArrayPool<byte>.Shared.Rent(length);
        Span<byte> bytes = rented ?? stackalloc byte[StackBytes];
        bytes = bytes[..length];
        try
        {
            Encoding.UTF8.GetBytes(data, bytes);
            Encoding.UTF8.GetBytes(eventType, bytes[dataBytes..]);
            Encoding.UTF8.GetBytes(id, bytes[(dataBytes + typeBytes)..]);
            WriteEvent(bytes[..dataBytes], bytes.Slice(dataBytes, typeBytes), bytes[(dataBytes + typeBytes)..]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Writes an event whose data is a value as JSON.</summary>
    /// <remarks>
    /// Indented JSON becomes several lines of data; the reader gets the same value. When the contract throws, nothing is written.
    /// </remarks>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="typeInfo">The source-generated contract of the value; its options say how the JSON is written.</param>
    /// <param name="eventType">The event's type; empty is the default, <c>message</c>.</param>
    /// <param name="id">The last event id from this event on; an empty id is not written.</param>
    /// <exception cref="ArgumentException">The type or the id cannot be written, as for an event of bytes.</exception>
    public void WriteEvent<T>(T value, JsonTypeInfo<T> typeInfo, ReadOnlySpan<byte> eventType = default, ReadOnlySpan<byte> id = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        ThrowIfNotType(eventType);
        ThrowIfNotId(id);
        _json ??= new JsonBuffer();
        try
        {
            // White space at the edges of a line of JSON is outside of its strings: that the agent dialect trims it changes no value.
            ReadOnlySpan<byte> data = _json.Serialize(value, typeInfo);
            if (!id.IsEmpty)
            {
                WriteId(id);
            }

            Write(data, eventType);
        }
        finally
        {
            _json.Release();
        }
    }

    /// <summary>Sets the reader's last event id without an event (<see cref="SseDialect.Html"/> only).</summary>
    /// <param name="id">The last event id from here on; an empty id resets it.</param>
    /// <exception cref="ArgumentException">The id holds a line end or U+0000, or the dialect is <see cref="SseDialect.Agent"/>,
    /// which has no ids.</exception>
    public void WriteLastEventId(ReadOnlySpan<byte> id)
    {
        if (_agent)
        {
            throw NoIds(nameof(id));
        }

        ThrowIfNotId(id);
        int length = IdName.Length + id.Length + 2;
        Span<byte> text = _output.GetSpan(length)[..length];
        IdName.CopyTo(text);
        id.CopyTo(text[IdName.Length..]);
        text[^2] = (byte)'\n';
        text[^1] = (byte)'\n';
        _output.Advance(length);
    }

    /// <summary>Writes a comment, the usual heartbeat. Each line of the text becomes a comment.</summary>
    /// <param name="text">The text; it is written unchanged, directly after the colon.</param>
    /// <exception cref="ArgumentException">
    /// In <see cref="SseDialect.Agent"/>: the text ends in a CR, which the reader would read as a part of the line end.
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

    /// <summary>Writes a reconnection time (<see cref="SseDialect.Html"/> only).</summary>
    /// <param name="reconnectionInterval">The time, in whole milliseconds; fractions are dropped.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    /// <exception cref="ArgumentException">The dialect is <see cref="SseDialect.Agent"/>, which has no reconnection time.</exception>
    public void WriteRetry(TimeSpan reconnectionInterval)
    {
        if (_agent)
        {
            throw new ArgumentException("The agent dialect has no reconnection time.", nameof(reconnectionInterval));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(reconnectionInterval, TimeSpan.Zero);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(reconnectionInterval.Ticks / TimeSpan.TicksPerMillisecond, digits, out int length);
        WriteLine("retry: "u8, digits[..length]);
    }

    private void WriteId(ReadOnlySpan<byte> id)
    {
        ThrowIfNotId(id);
        WriteLine(IdName, id);
    }

    private void Write(ReadOnlySpan<byte> data, ReadOnlySpan<byte> type)
    {
        if (!TryWriteLine(data, type))
        {
            WriteLines(type, data);
        }
    }

    /// <summary>Agent: whether the edges are what no reader trims, and cannot be white space; Html trims nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlain(ReadOnlySpan<byte> text) =>
        !_agent || (!text.IsEmpty && WhiteSpace.IsPrintable(text[0]) && WhiteSpace.IsPrintable(text[^1]));

    /// <summary>Writes the usual event, whose type and data are one line each, in one piece.</summary>
    /// <returns><see langword="false"/> when one of them is not: nothing is written then.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWriteLine(ReadOnlySpan<byte> data, ReadOnlySpan<byte> type)
    {
        int typeLine = type.IsEmpty ? 0 : EventName.Length + type.Length + 1;
        int length = checked(typeLine + DataName.Length + data.Length + 2);
        // Each name is stored as 8 bytes, of which the last ones are overwritten: the shortest event has 8.
        ref byte text = ref MemoryMarshal.GetReference(_output.GetSpan(length)[..length]);
        if (!type.IsEmpty)
        {
            Unsafe.WriteUnaligned(ref text, EventPrefix);
            if (!LineCopy.TryCopy(type, ref Unsafe.Add(ref text, EventName.Length)))
            {
                return false;
            }

            Unsafe.Add(ref text, typeLine - 1) = (byte)'\n';
            text = ref Unsafe.Add(ref text, typeLine);
        }

        Unsafe.WriteUnaligned(ref text, DataPrefix);
        text = ref Unsafe.Add(ref text, DataName.Length);
        if (!LineCopy.TryCopy(data, ref text))
        {
            return false;
        }

        Unsafe.WriteUnaligned(ref Unsafe.Add(ref text, data.Length), BlankLine);
        _output.Advance(length);
        return true;
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

    private void ThrowIfNotType(ReadOnlySpan<byte> eventType)
    {
        if (eventType.ContainsAny((byte)'\r', (byte)'\n') && (!_agent || eventType.Contains((byte)'\n')))
        {
            throw new ArgumentException("An event type cannot hold a line end.", nameof(eventType));
        }

        if (_agent && WhiteSpace.IsAtEdge(eventType))
        {
            throw new ArgumentException("The agent dialect trims white space at the edges of an event type.", nameof(eventType));
        }
    }

    private void ThrowIfNotId(ReadOnlySpan<byte> id)
    {
        if (_agent && !id.IsEmpty)
        {
            throw NoIds(nameof(id));
        }

        if (id.ContainsAny((byte)'\r', (byte)'\n', (byte)0))
        {
            throw new ArgumentException("An event id cannot hold a line end or U+0000.", nameof(id));
        }
    }

    private static ArgumentException NoIds(string parameter) => new("The agent dialect has no ids.", parameter);

    private void ThrowIfTrimmed(ReadOnlySpan<byte> data)
    {
        bool last;
        bool first = true;
        do
        {
            ReadOnlySpan<byte> line = NextLine(ref data, out last);
            if (first && line.IsEmpty)
            {
                throw new ArgumentException("The agent dialect cannot carry empty data, or an empty first line.", nameof(data));
            }

            if (WhiteSpace.IsAtEdge(line))
            {
                throw new ArgumentException("The agent dialect trims white space at the edges of a data line.", nameof(data));
            }

            first = false;
        }
        while (!last);
    }
}
