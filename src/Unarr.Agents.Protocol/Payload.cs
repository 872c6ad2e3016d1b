using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Unarr.Agents.Protocol;

/// <summary>Reads a payload of the protocol from its bytes, as <c>docs/protocol.md</c> defines it, and writes one.</summary>
internal static class Payload
{
    /// <summary>How deep lists and objects of a payload may be nested.</summary>
    public const int MaxDepth = 10_000;

    // A payload is JSON and said to be: what only matters inside HTML is not escaped, so that it is short and people can read it.
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How payloads are read where no contract says it.</summary>
    public static JsonReaderOptions Reading => new() { MaxDepth = MaxDepth };

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

        var reader = new Utf8JsonReader(WithoutByteOrderMark(payload), Reading);
        T? value = JsonSerializer.Deserialize(ref reader, contract);

        // Nothing but white space may follow; anything else throws.
        reader.Read();
        return value;
    }

    /// <summary>Reads a sync's request without the application's members, and of its tasks only how many they are.</summary>
    /// <exception cref="JsonException">The payload does not parse.</exception>
    public static SyncRequest ReadSyncHead(in ReadOnlySequence<byte> payload)
    {
        var reader = new Utf8JsonReader(WithoutByteOrderMark(payload), Reading);
        reader.Read();
        SyncRequest request = SyncRequestJsonConverter.Read(ref reader, headOnly: true);

        // Nothing but white space may follow; anything else throws.
        reader.Read();
        return request;
    }

    /// <summary>"A BOM before the value is skipped."</summary>
    public static ReadOnlySequence<byte> WithoutByteOrderMark(in ReadOnlySequence<byte> payload)
    {
        var beginning = new SequenceReader<byte>(payload);
        beginning.IsNext(ByteOrderMark, advancePast: true);
        return beginning.UnreadSequence;
    }

    public static void Write<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> contract)
    {
        using var json = new Utf8JsonWriter(output, Writing);
        JsonSerializer.Serialize(json, value, contract);
    }
}
