using System.Numerics;
using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Testing;

/// <summary>The WhatWg dialect, written for obviousness after the standard's section "Interpreting an event stream".</summary>
public static class ReferenceWhatWg
{
    public const long MaxRetryMilliseconds = 922_337_203_685_477;

    private const string ByteOrderMark = "\u00EF\u00BB\u00BF";

    public static IEnumerable<Frame> Read(byte[] stream, Bounds limits)
    {
        string type = "";
        string idBuffer = "";
        string lastEventId = "";
        var data = new StringBuilder();
        foreach (ReferenceLine line in Lines(stream))
        {
            // "The line's bytes (a BOM not counted) + 1, whichever its terminator."
            if (line.Content.Length + 1 > limits.MaxLineBytes)
            {
                yield return Frame.Failure(SseError.LineTooLong, limits.MaxLineBytes, line.Offset);
                yield break;
            }

            // "An unterminated last line is dropped."
            if (line.Terminator.Length == 0)
            {
                yield break;
            }

            (string name, string value) = Field(line.Content);
            if (line.Content.Length == 0)
            {
                lastEventId = idBuffer;
                if (data.Length > 0)
                {
                    yield return Frame.Event(type.Length > 0 ? type : "message", data.ToString(0, data.Length - 1), lastEventId);
                }

                type = "";
                data.Clear();
            }
            else if (line.Content[0] == ':')
            {
                yield return Frame.Comment(line.Content[1..]);
            }
            else if (name == "event")
            {
                type = value;
            }
            else if (name == "data")
            {
                // "Each line appends value + LF, the last LF is dropped at dispatch."
                data.Append(value).Append('\n');
                if (data.Length - 1 > limits.MaxEventBytes)
                {
                    yield return Frame.Failure(SseError.EventTooLarge, limits.MaxEventBytes, line.Offset);
                    yield break;
                }
            }
            else if (name == "id" && !value.Contains('\0', StringComparison.Ordinal))
            {
                idBuffer = value;
            }
            else if (name == "retry" && value.Length > 0 && value.All(char.IsAsciiDigit))
            {
                yield return Frame.Retry((long)BigInteger.Min(Number(value), MaxRetryMilliseconds));
            }
        }
    }

    /// <summary>The stream's lines, without the byte order mark in front of the first.</summary>
    public static List<ReferenceLine> Lines(byte[] stream)
    {
        string text = Encoding.Latin1.GetString(stream);
        int at = text.StartsWith(ByteOrderMark, StringComparison.Ordinal) ? ByteOrderMark.Length : 0;
        var lines = new List<ReferenceLine>();
        while (at < text.Length)
        {
            int end = text.IndexOfAny(['\r', '\n'], at);
            string content = end < 0 ? text[at..] : text[at..end];
            string terminator = end < 0 ? "" : text[end..].StartsWith("\r\n", StringComparison.Ordinal) ? "\r\n" : text[end..(end + 1)];
            lines.Add(new ReferenceLine(content, terminator, at));
            at += content.Length + terminator.Length;
        }

        return lines;
    }

    /// <summary>The field's name and value: what stands before the first colon, and behind it without one leading blank.</summary>
    public static (string Name, string Value) Field(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (line, "");
        }

        string value = line[(colon + 1)..];
        return (line[..colon], value.StartsWith(' ') ? value[1..] : value);
    }

    private static BigInteger Number(string digits) => BigInteger.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
}
