using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Hub.Keys;

/// <summary>The file that <c>--keys</c> names: <c>{"operator":"…","agents":{"agent-1":"…"}}</c>,
/// and <c>"operators":{"NAME":"…"}</c> where there are further operators.</summary>
internal sealed class KeyFile
{
    public required string Operator { get; init; }

    public Dictionary<string, string> Agents { get; init; } = [];

    public Dictionary<string, string> Operators { get; init; } = [];

    /// <summary>Reads the content of a key file: UTF-8, or what its byte order mark says.</summary>
    /// <exception cref="FormatException">The content is not what it should be; the message says where, and never holds a key.</exception>
    public static ApiKeys Parse(byte[] content) => Parse(content, KeyFileJsonContext.Default);

    /// <summary>Reads a key file that may have members of others, which are left alone: for whoever edits the file.</summary>
    /// <exception cref="FormatException">The content is not what it should be; the message says where, and never holds a key.</exception>
    public static ApiKeys ParseWithOthers(byte[] content) => Parse(content, WithOthers);

    private static KeyFileJsonContext WithOthers { get; } = new(
        new JsonSerializerOptions(KeyFileJsonContext.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip });

    private static ApiKeys Parse(byte[] content, KeyFileJsonContext context)
    {
        try
        {
            using StreamReader reader = new(new MemoryStream(content), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            KeyFile keys = JsonSerializer.Deserialize(reader.ReadToEnd(), context.KeyFile)
                ?? throw new FormatException("it holds null");
            return new ApiKeys(keys.Operator, keys.Agents ?? [], keys.Operators);
        }
        catch (JsonException exception)
        {
            // The serializer's own message may quote what it could not read, and that may be a key.
            throw new FormatException(
                $"line {exception.LineNumber + 1} does not read as {{\"operator\":\"KEY\",\"agents\":{{\"ID\":\"KEY\",...}}}}", exception);
        }
    }
}
