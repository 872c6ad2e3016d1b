using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>The members that an application adds to a sync's object, as the bytes that they are written as.</summary>
internal sealed class SyncMembers
{
    private static readonly byte[][] OfRequests =
    [
        [.. "agentId"u8], [.. "name"u8], [.. "version"u8], [.. "os"u8], [.. "arch"u8], [.. "appliedControls"u8], [.. "failedControls"u8],
    ];

    private static readonly byte[][] OfAnswers = [[.. "controls"u8], [.. "watching"u8], [.. "acknowledged"u8]];

    private readonly byte[][] _reserved;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly List<SyncMember> _members = [];

    private SyncMembers(byte[][] reserved) => _reserved = reserved;

    public bool IsEmpty => _members.Count == 0;

    public static SyncMembers OfRequest() => new(OfRequests);

    public static SyncMembers OfAnswer() => new(OfAnswers);

    /// <exception cref="ArgumentException">The value is not an object, or has a member that it may not have; nothing is added.</exception>
    public void Add<T>(T members, JsonTypeInfo<T> typeInfo)
    {
        int start = _bytes.WrittenCount;
        Payload.Write(_bytes, members, typeInfo);
        var reader = new Utf8JsonReader(_bytes.WrittenSpan[start..], Payload.Reading);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ArgumentException("The members of a sync must be an object in JSON.", nameof(members));
        }

        List<SyncMember> added = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Range name = NameOf(reader, start);
            ReadOnlySpan<byte> text = _bytes.WrittenSpan[name];
            ThrowIfReserved(text, members);
            reader.Read();
            if (_reserved == OfRequests && Ascii.EqualsIgnoreCase(text, "tasks"u8) && reader.TokenType != JsonTokenType.StartArray)
            {
                throw new ArgumentException("The member \"tasks\" must be a list.", nameof(members));
            }

            int value = start + (int)reader.TokenStartIndex;
            reader.Skip();
            added.Add(new SyncMember(name, value..(start + (int)reader.BytesConsumed)));
        }

        added.ForEach(Put);
    }

    public byte[] ToJson()
    {
        using ArrayPoolBufferWriter<byte> json = new();
        using (var writer = new Utf8JsonWriter(json, Payload.Writing))
        {
            writer.WriteStartObject();
            WriteTo(writer);
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <summary>Writes the members into an object that was begun.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        foreach (SyncMember member in _members)
        {
            writer.WritePropertyName(_bytes.WrittenSpan[member.Name]);
            writer.WriteRawValue(_bytes.WrittenSpan[member.Value], skipInputValidation: true);
        }
    }

    /// <summary>Where the name at hand is, as text: behind what is written, when it has escapes.</summary>
    private Range NameOf(in Utf8JsonReader reader, int start)
    {
        if (!reader.ValueIsEscaped)
        {
            int begin = start + (int)reader.TokenStartIndex + 1;
            return begin..(begin + reader.ValueSpan.Length);
        }

        WireText.TryDecode(reader, int.MaxValue, out SpanOwner<byte> decoded, out int written);
        using (decoded)
        {
            int begin = _bytes.WrittenCount;
            _bytes.Write(decoded.Span[..written]);
            return begin..(begin + written);
        }
    }

    private void ThrowIfReserved<T>(ReadOnlySpan<byte> name, T members)
    {
        foreach (byte[] reserved in _reserved)
        {
            if (Ascii.EqualsIgnoreCase(name, reserved))
            {
                throw new ArgumentException($"The member \"{Encoding.UTF8.GetString(name)}\" is the protocol's own.", nameof(members));
            }
        }
    }

    /// <summary>"A member that is there already is replaced."</summary>
    private void Put(SyncMember member)
    {
        ReadOnlySpan<byte> written = _bytes.WrittenSpan;
        for (int index = 0; index < _members.Count; index++)
        {
            if (written[_members[index].Name].SequenceEqual(written[member.Name]))
            {
                _members[index] = member;
                return;
            }
        }

        _members.Add(member);
    }
}
