using System.Text.Json;

namespace Unarr.ControlPlane.Keys;

/// <summary>Where the members of one JSON object are in its text.</summary>
internal sealed class JsonMembers
{
    private readonly List<Member> _members = [];

    private JsonMembers(int open, int indent) => (Open, Indent) = (open, indent);

    /// <summary>The offset after the opening brace.</summary>
    public int Open { get; }

    /// <summary>The offset of the closing brace.</summary>
    public int Close { get; private set; }

    /// <summary>The offset where the white space before the object's own name begins; that of its brace where it has no name.</summary>
    public int Indent { get; }

    /// <summary>The members, in the text's order.</summary>
    public IReadOnlyList<Member> All => _members;

    /// <summary>Finds the members of the outermost object.</summary>
    /// <param name="json">JSON whose outermost value is an object; comments and trailing commas are allowed.</param>
    public static JsonMembers OfRoot(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = Reader(json);
        reader.Read();
        return Read(ref reader, 0, 0);
    }

    /// <summary>Finds the members of an object that is a member of the outermost one.</summary>
    /// <param name="json">JSON, as for <see cref="OfRoot"/>.</param>
    /// <param name="member">The member, whose value is an object.</param>
    public static JsonMembers Of(ReadOnlySpan<byte> json, Member member)
    {
        Utf8JsonReader reader = Reader(json[member.ValueStart..]);
        reader.Read();
        int indent = member.NameStart;
        while (indent > 0 && json[indent - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            indent--;
        }

        return Read(ref reader, member.ValueStart, indent);
    }

    public int IndexOf(string name) => _members.FindIndex(member => member.Name == name);

    private static Utf8JsonReader Reader(ReadOnlySpan<byte> json) =>
        new(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });

    private static JsonMembers Read(ref Utf8JsonReader reader, int offset, int indent)
    {
        JsonMembers members = new(offset + (int)reader.BytesConsumed, indent);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            int nameStart = offset + (int)reader.TokenStartIndex;
            reader.Read();
            int valueStart = offset + (int)reader.TokenStartIndex;
            reader.Skip();
            members._members.Add(new Member(name, nameStart, valueStart, offset + (int)reader.BytesConsumed));
        }

        members.Close = offset + (int)reader.TokenStartIndex;
        return members;
    }

    /// <summary>One member's place.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="NameStart">The offset of its name's first quote.</param>
    /// <param name="ValueStart">The offset of its value.</param>
    /// <param name="ValueEnd">The offset after its value.</param>
    public readonly record struct Member(string Name, int NameStart, int ValueStart, int ValueEnd);
}
