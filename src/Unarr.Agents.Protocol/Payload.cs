using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Agents.Protocol;

/// <summary>Reads a payload of the protocol from its bytes, as the deployed agents' decoder does, and writes one.</summary>
internal static class Payload
{
    // A payload is JSON and said to be: what only matters inside HTML is not escaped, so that it is short and people can read it.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="JsonException">The payload does not parse.</exception>
    public static T? Read<T>(ReadOnlySpan<byte> payload, JsonTypeInfo<T> contract) =>
        // "A BOM before the value is skipped."
        JsonSerializer.Deserialize(payload.StartsWith(ByteOrderMark) ? payload[ByteOrderMark.Length..] : payload, contract);

    /// <exception cref="JsonException">The payload does not parse.</exception>
    public static T? Read<T>(in ReadOnlySequence<byte> payload, JsonTypeInfo<T> contract)
    {
        if (payload.IsSingleSegment)
        {
            return Read(payload.FirstSpan, contract);
        }

        var beginning = new SequenceReader<byte>(payload);
        beginning.IsNext(ByteOrderMark, advancePast: true);
        var reader = new Utf8JsonReader(beginning.UnreadSequence);
        T? value = JsonSerializer.Deserialize(ref reader, contract);

        // Nothing but white space may follow; anything else throws.
        reader.Read();
        return value;
    }

    public static void Write<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> contract)
    {
        using var json = new Utf8JsonWriter(output, Relaxed);
        JsonSerializer.Serialize(json, value, contract);
    }
}
