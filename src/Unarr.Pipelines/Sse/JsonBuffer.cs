using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Pipelines.Sse;

/// <summary>A value as JSON in pooled memory, complete before a byte of it is written:
/// a contract that throws leaves no half event.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Disposing a JSON writer flushes it, and it is flushed already.")]
internal sealed class JsonBuffer : IBufferWriter<byte>
{
    private const int LeastBytes = 256;

    private byte[] _bytes = [];
    private int _length;
    private Utf8JsonWriter? _writer;
    private JsonSerializerOptions? _options;

    /// <summary>Returns the value as its contract and the options in it say; the bytes are valid until they are released.</summary>
    public ReadOnlySpan<byte> Serialize<T>(T value, JsonTypeInfo<T> typeInfo)
    {
        Utf8JsonWriter writer = WriterOf(typeInfo.Options);
        JsonSerializer.Serialize(writer, value, typeInfo);
        writer.Flush();
        return _bytes.AsSpan(0, _length);
    }

    /// <summary>Gives the memory back to its pool.</summary>
    public void Release()
    {
        byte[] bytes = _bytes;
        (_bytes, _length) = ([], 0);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private Utf8JsonWriter WriterOf(JsonSerializerOptions options)
    {
        if (_writer is not null && ReferenceEquals(_options, options))
        {
            _writer.Reset(this);
            return _writer;
        }

        _options = options;
        return _writer = new Utf8JsonWriter(this, new JsonWriterOptions
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            IndentCharacter = options.IndentCharacter,
            IndentSize = options.IndentSize,
            MaxDepth = options.MaxDepth,
            NewLine = options.NewLine,
            SkipValidation = true,
        });
    }

    private void Reserve(int sizeHint)
    {
        int needed = checked(_length + Math.Max(sizeHint, 1));
        if (needed <= _bytes.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(Math.Max(needed, LeastBytes), Math.Min(2L * _length, Array.MaxLength)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        byte[] bytes = _bytes;
        _bytes = larger;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
