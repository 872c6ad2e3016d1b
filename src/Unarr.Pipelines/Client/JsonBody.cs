using System.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>A JSON body in place of a stream, written as the one event that it is.</summary>
internal static class JsonBody
{
    /// <summary>Whether an answer's type is JSON: <c>application/json</c>, or a type that ends so.</summary>
    public static bool IsNamedBy(IEnumerable<string> types)
    {
        string type = EventStreamType.Shown(types);
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads the body, and returns it as an event stream; empty when the body is.</summary>
    /// <exception cref="SseException">It is longer than the bound.</exception>
    public static async ValueTask<MemoryStream> ReadAsync(Stream body, int maxBytes, CancellationToken cancellationToken)
    {
        using var whole = new MemoryStream();
        byte[] piece = new byte[Math.Min(maxBytes, 16 * 1024)];
        int read;
        while ((read = await body.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (whole.Length + read > maxBytes)
            {
                throw SseException.BoundPassed(SseError.EventTooLarge, maxBytes, 0);
            }

            whole.Write(piece, 0, read);
        }

        return Event(whole.GetBuffer().AsSpan(0, (int)whole.Length));
    }

    /// <summary>A line end stands between the parts of JSON only: there it is white space, and parts the lines of data.</summary>
    private static MemoryStream Event(ReadOnlySpan<byte> json)
    {
        json = json.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
        json = json.Trim(" \t\r\n"u8);
        var stream = new MemoryStream(json.Length + 32);
        if (!json.IsEmpty)
        {
            foreach (Range line in json.SplitAny("\r\n"u8))
            {
                stream.Write("data:"u8);
                stream.Write(" "u8);
                stream.Write(json[line]);
                stream.Write("\n"u8);
            }

            stream.Write("\n"u8);
        }

        stream.Position = 0;
        return stream;
    }
}
