using System.Text;
using System.Text.Json;
using Unarr.Agents.Hub.Keys;

namespace Unarr.ControlPlane.Keys;

/// <summary>The text of a keys file, which an edit changes at one place: comments, other members and the layout stay.</summary>
internal sealed class KeyFileText
{
    private const string Operator = "operator";
    private const string Agents = "agents";
    private const string Operators = "operators";

    private readonly byte[] _json;

    private KeyFileText(byte[] json) => _json = json;

    /// <summary>The file's content.</summary>
    public ReadOnlyMemory<byte> Content => _json;

    /// <summary>A file with the first operator's key and no agent.</summary>
    public static KeyFileText New(string operatorKey) => new(Encoding.UTF8.GetBytes(
        $$"""
        {
          "{{Operator}}": "{{operatorKey}}",
          "{{Agents}}": {}
        }

        """.ReplaceLineEndings("\n")));

    /// <exception cref="FormatException">The content is not what it should be; the message says where, and never holds a key.</exception>
    public static KeyFileText Parse(byte[] content)
    {
        KeyFile.ParseWithOthers(content);
        using StreamReader reader = new(new MemoryStream(content), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return new KeyFileText(Encoding.UTF8.GetBytes(reader.ReadToEnd()));
    }

    /// <summary>The keys that the file has.</summary>
    /// <exception cref="FormatException">They cannot be used together.</exception>
    public ApiKeys Keys() => KeyFile.ParseWithOthers(_json);

    /// <summary>Returns the text with a key set, in place of the one before or as a further one.</summary>
    public KeyFileText With(KeyHolder holder, string key)
    {
        if (holder.IsFirstOperator)
        {
            return Set(Root, Operator, $"\"{key}\"");
        }

        string name = holder.IsOperator ? Operators : Agents;
        int section = Root.IndexOf(name);
        if (section < 0)
        {
            return Set(Root, name, "{}").With(holder, key);
        }

        JsonMembers.Member member = Root.All[section];
        return _json[member.ValueStart] == (byte)'{'
            ? Set(JsonMembers.Of(_json, member), holder.Name, $"\"{key}\"")
            : Replaced(member.ValueStart, member.ValueEnd, "{}").With(holder, key);
    }

    /// <summary>Returns the text without a key, which it has and which is not the first operator's.</summary>
    public KeyFileText Without(KeyHolder holder)
    {
        JsonMembers members = JsonMembers.Of(_json, Root.All[Root.IndexOf(holder.IsOperator ? Operators : Agents)]);
        int index = members.IndexOf(holder.Name);
        if (members.All.Count == 1)
        {
            return Replaced(members.Open, members.Close, "");
        }

        return index + 1 < members.All.Count
            ? Replaced(members.All[index].NameStart, members.All[index + 1].NameStart, "")
            : Replaced(members.All[index - 1].ValueEnd, members.All[index].ValueEnd, "");
    }

    private JsonMembers Root => JsonMembers.OfRoot(_json);

    private KeyFileText Set(JsonMembers members, string name, string value)
    {
        int index = members.IndexOf(name);
        if (index >= 0)
        {
            return Replaced(members.All[index].ValueStart, members.All[index].ValueEnd, value);
        }

        string member = $"{JsonEncodedText.Encode(name)}";
        if (members.All is [.., var last])
        {
            string before = SpaceBefore(last.NameStart);
            return Replaced(last.ValueEnd, last.ValueEnd, $",{(before.Contains('\n') ? before : " ")}\"{member}\": {value}");
        }

        string indent = SpaceAt(members.Indent);
        return Replaced(members.Open, members.Close, indent.Contains('\n')
            ? $"{indent}  \"{member}\": {value}{indent}" : $" \"{member}\": {value} ");
    }

    private string SpaceBefore(int end)
    {
        int start = end;
        while (start > 0 && IsSpace(_json[start - 1]))
        {
            start--;
        }

        return Encoding.UTF8.GetString(_json.AsSpan(start, end - start));
    }

    private string SpaceAt(int start)
    {
        int end = start;
        while (end < _json.Length && IsSpace(_json[end]))
        {
            end++;
        }

        return Encoding.UTF8.GetString(_json.AsSpan(start, end - start));
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private KeyFileText Replaced(int start, int end, string text) =>
        new([.. _json.AsSpan(0, start), .. Encoding.UTF8.GetBytes(text), .. _json.AsSpan(end)]);
}
