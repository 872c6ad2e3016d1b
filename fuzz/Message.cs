using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>An event that someone wants to write; bytes as characters U+0000–U+00FF.</summary>
public sealed record Message(SseDialect Dialect, string Type, string Data, string Id)
{
    /// <summary>The data as the reader is to get it: each line end of the dialect is LF.</summary>
    public string Joined => string.Join('\n', DataLines);

    /// <summary>Whether a stream in the dialect can hold this event, straight from the dialect's table.</summary>
    public bool IsExpressible => Dialect == SseDialect.Html
        ? !Type.AsSpan().ContainsAny('\r', '\n') && !Id.AsSpan().ContainsAny('\r', '\n', '\0')
        : !Type.Contains('\n', StringComparison.Ordinal)
            && IsUntrimmed(Type) && DataLines.All(IsUntrimmed)
            && DataLines[0].Length > 0;

    public Frame Expected => Frame.Event(Type.Length > 0 ? Type : "message", Joined, Dialect == SseDialect.Html ? Id : "");

    private string[] DataLines
    {
        get
        {
            if (Dialect == SseDialect.Html)
            {
                return Data.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
            }

            string[] lines = Data.Split('\n');
            return [.. lines[..^1].Select(line => line.TrimEnd('\r')), lines[^1]];
        }
    }

    public void Write(SseWriter writer)
    {
        byte[] type = Encoding.Latin1.GetBytes(Type);
        byte[] data = Encoding.Latin1.GetBytes(Data);
        if (Dialect == SseDialect.Agent)
        {
            writer.WriteEvent(data, type);
        }
        else
        {
            writer.WriteEvent(data, type, Encoding.Latin1.GetBytes(Id));
        }
    }

    private static bool IsUntrimmed(string text) => ReferenceAgent.Trim(text) == text;
}
