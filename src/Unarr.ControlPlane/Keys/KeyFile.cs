using System.Text.Json;

namespace Unarr.ControlPlane.Keys;

/// <summary>The file that <c>--keys</c> names: <c>{"operator":"…","agents":{"agent-1":"…"}}</c>.</summary>
internal sealed class KeyFile
{
    public required string Operator { get; init; }

    public Dictionary<string, string> Agents { get; init; } = [];

    /// <exception cref="FormatException">The file is not what it should be; the message says where, and never holds a key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ApiKeys Load(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            KeyFile keys = JsonSerializer.Deserialize(file, KeyFileJsonContext.Default.KeyFile) ?? throw new FormatException("it holds null");
            return new ApiKeys(keys.Operator, keys.Agents ?? []);
        }
        catch (JsonException exception)
        {
            // The serializer's own message may quote what it could not read, and that may be a key.
            throw new FormatException(
                $"line {exception.LineNumber + 1} does not read as {{\"operator\":\"KEY\",\"agents\":{{\"ID\":\"KEY\",...}}}}", exception);
        }
    }
}
