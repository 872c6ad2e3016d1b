using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Testing;

/// <summary>The Agent dialect, written for obviousness: cut into lines, then line by line what the dialect's table says.</summary>
public static class ReferenceAgent
{
    public static IEnumerable<Frame> Read(byte[] stream, Bounds limits)
    {
        string type = "";
        var joined = new StringBuilder();
        foreach (ReferenceLine line in Lines(stream))
        {
            // "The line with its terminator, CRs included"; "an unterminated last line" may be one byte short of the bound.
            if (line.Content.Length + 1 > limits.MaxLineBytes)
            {
                yield return Frame.Failure(SseError.LineTooLong, limits.MaxLineBytes, line.Offset);
                yield break;
            }

            // "Every CR directly before the LF (any number) is dropped too."
            string content = line.Content.TrimEnd('\r');
            if (content.Length == 0)
            {
                if (joined.Length > 0)
                {
                    yield return Frame.Event(type.Length > 0 ? type : "message", joined.ToString());
                }

                type = "";
                joined.Clear();
            }
            else if (content[0] == ':')
            {
                yield return Frame.Comment(content[1..]);
            }
            else if (content.StartsWith("event:", StringComparison.Ordinal))
            {
                type = Trim(content["event:".Length..]);
            }
            else if (content.StartsWith("data:", StringComparison.Ordinal))
            {
                string piece = Trim(content["data:".Length..]);
                if (joined.Length + piece.Length + 1 > limits.MaxEventBytes)
                {
                    yield return Frame.Failure(SseError.EventTooLarge, limits.MaxEventBytes, line.Offset);
                    yield break;
                }

                joined.Append(joined.Length > 0 ? "\n" : "").Append(piece);
            }
        }
    }

    /// <summary>Takes Unicode White_Space off both edges of bytes (as Latin-1 characters) that are read as UTF-8.</summary>
    public static string Trim(string bytes)
    {
        List<string> characters = Characters(bytes);
        int first = characters.FindIndex(character => !IsWhiteSpace(character));
        int last = characters.FindLastIndex(character => !IsWhiteSpace(character));
        return first < 0 ? "" : string.Concat(characters[first..(last + 1)]);
    }

    private static List<ReferenceLine> Lines(byte[] stream)
    {
        string[] parts = Encoding.Latin1.GetString(stream).Split('\n');
        var lines = new List<ReferenceLine>();
        long offset = 0;
        foreach (string part in parts[..^1])
        {
            lines.Add(new ReferenceLine(part, "\n", offset));
            offset += part.Length + 1;
        }

        // "An unterminated last line is processed like a line."
        if (parts[^1].Length > 0)
        {
            lines.Add(new ReferenceLine(parts[^1], "", offset));
        }

        return lines;
    }

    /// <summary>Decodes from the front; each element is one character's bytes, or bytes that are no part of one.</summary>
    private static List<string> Characters(string bytes)
    {
        ReadOnlySpan<byte> rest = Encoding.Latin1.GetBytes(bytes);
        var characters = new List<string>();
        while (!rest.IsEmpty)
        {
            Rune.DecodeFromUtf8(rest, out _, out int length);
            characters.Add(Encoding.Latin1.GetString(rest[..length]));
            rest = rest[length..];
        }

        return characters;
    }

    private static bool IsWhiteSpace(string character)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(character);
        bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out _) == System.Buffers.OperationStatus.Done;
        return valid && rune.Value is (>= 0x09 and <= 0x0D) or 0x20 or 0x85 or 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A)
            or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;
    }
}
