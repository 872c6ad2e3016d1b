using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Writes and reads documents: JSON, and deflated after one byte where it is large.</summary>
/// <remarks>An entry leaves out what is as in the entry before it, so that 4,096 controls of 768 KiB fit the largest message.</remarks>
internal static class DocumentCodec
{
    private const int Version = 1;
    private const byte Deflated = 1;
    private const int DeflateFrom = 256 * 1024;

    public static byte[] Write(DocumentContent content)
    {
        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter writer = new(output))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, Version);
            Write(writer, "pending"u8, content.Pending);
            Write(writer, "ended"u8, content.Ended);
            writer.WriteEndObject();
        }

        return output.WrittenCount < DeflateFrom ? output.WrittenSpan.ToArray() : Deflate(output.WrittenSpan);
    }

    /// <summary>Writes one control that ended.</summary>
    public static byte[] WriteEnded(ControlRecord record) => Write(new DocumentContent([], [record]));

    /// <exception cref="ControlStoreException">It is not one of ours, or of a newer version.</exception>
    public static DocumentContent Read(string agentId, ReadOnlySpan<byte> content)
    {
        try
        {
            return content.Length == 0 ? DocumentContent.Empty
                : content[0] == Deflated ? Parse(agentId, Inflate(content[1..]))
                : Parse(agentId, content);
        }
        catch (Exception exception) when (
            exception is JsonException or InvalidDataException or InvalidOperationException or FormatException)
        {
            throw new ControlStoreException($"the document of agent '{agentId}' cannot be read", exception);
        }
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<ControlRecord> records)
    {
        if (records.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        Running last = default;
        foreach (ControlRecord record in records)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("control"u8);
            writer.WriteRawValue(StoredControl.Write(record.Control), skipInputValidation: true);
            last = last.Write(writer, record);
            if (record.Error is { } error)
            {
                writer.WriteString("error"u8, error);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static DocumentContent Parse(string agentId, ReadOnlySpan<byte> json)
    {
        List<ControlRecord> pending = [];
        List<ControlRecord> ended = [];
        Utf8JsonReader reader = new(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                if (reader.GetInt32() > Version)
                {
                    throw new ControlStoreException($"the document of agent '{agentId}' was written by a newer program");
                }
            }
            else if (reader.ValueTextEquals("pending"u8))
            {
                ReadList(ref reader, json, agentId, pending, areEnded: false);
            }
            else if (reader.ValueTextEquals("ended"u8))
            {
                ReadList(ref reader, json, agentId, ended, areEnded: true);
            }
            else
            {
                reader.Skip();
            }
        }

        return new DocumentContent(pending, ended);
    }

    private static void ReadList(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string agentId, List<ControlRecord> records, bool areEnded)
    {
        reader.Read();
        Running last = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            Control? control = null;
            string? error = null;
            int bytes = 0;
            last = last.Next();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("control"u8))
                {
                    reader.Read();
                    int start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    ReadOnlySpan<byte> text = json[start..(int)reader.BytesConsumed];
                    control = StoredControl.Read(Encoding.UTF8.GetString(text));
                    bytes = text.Length;
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    reader.Read();
                    error = reader.GetString();
                }
                else if (!last.TryRead(ref reader))
                {
                    reader.Skip();
                }
            }

            records.Add(new ControlRecord
            {
                AgentId = agentId,
                Control = control ?? throw new JsonException("An entry has no control."),
                Sequence = last.Sequence,
                State = (ControlState)last.State,
                ChangedAt = new DateTimeOffset(last.Changed, TimeSpan.Zero),
                ExpiresAt = last.Expires == 0 ? null : new DateTimeOffset(last.Expires, TimeSpan.Zero),
                IsEnded = areEnded,
                Error = error,
                WrittenBytes = bytes,
            });
        }
    }

    private static byte[] Deflate(ReadOnlySpan<byte> json)
    {
        using MemoryStream output = new();
        output.WriteByte(Deflated);
        using (DeflateStream deflate = new(output, CompressionLevel.Fastest))
        {
            deflate.Write(json);
        }

        return output.ToArray();
    }

    private static byte[] Inflate(ReadOnlySpan<byte> content)
    {
        using MemoryStream output = new();
        using DeflateStream inflate = new(new MemoryStream(content.ToArray()), CompressionMode.Decompress);
        inflate.CopyTo(output);
        return output.ToArray();
    }

    /// <summary>What an entry has in common with the one before it.</summary>
    private struct Running
    {
        public long Sequence;
        public int State;
        public long Changed;
        public long Expires;

        public readonly Running Next() => this with { Sequence = Sequence + 1, State = State == 0 ? (int)ControlState.Pending : State };

        public readonly Running Write(Utf8JsonWriter writer, ControlRecord record)
        {
            Running expected = Next();
            Running own = new()
            {
                Sequence = record.Sequence,
                State = (int)record.State,
                Changed = record.ChangedAt.UtcTicks,
                Expires = record.ExpiresAt?.UtcTicks ?? 0,
            };
            Write(writer, "sequence"u8, own.Sequence, expected.Sequence);
            Write(writer, "state"u8, own.State, expected.State);
            Write(writer, "changed"u8, own.Changed, expected.Changed);
            Write(writer, "expires"u8, own.Expires, expected.Expires);
            return own;
        }

        public bool TryRead(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("sequence"u8))
            {
                reader.Read();
                Sequence = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("state"u8))
            {
                reader.Read();
                State = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("changed"u8))
            {
                reader.Read();
                Changed = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("expires"u8))
            {
                reader.Read();
                Expires = reader.GetInt64();
            }
            else
            {
                return false;
            }

            return true;
        }

        private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long value, long expected)
        {
            if (value != expected)
            {
                writer.WriteNumber(name, value);
            }
        }
    }
}
