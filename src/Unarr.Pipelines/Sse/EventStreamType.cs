namespace Unarr.Pipelines.Sse;

/// <summary>Whether an answer's <c>Content-Type</c> says that it is an event stream, read leniently: proxies repeat,
/// list and maim it.</summary>
internal static class EventStreamType
{
    private const string Name = "text/event-stream";

    /// <summary>How many characters of a type are shown.</summary>
    private const int MaxShown = 100;

    /// <summary>Whether these fields name an event stream. Of a list the last type counts; case and parameters do not.</summary>
    public static bool IsNamedBy(IEnumerable<string> fields) => LastOf(fields).Equals(Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The type that counts, for people: without its parameters, in one line, of bounded length.</summary>
    /// <returns>Empty when there is none.</returns>
    public static string Shown(IEnumerable<string> fields)
    {
        string type = LastOf(fields);
        type = type.Length > MaxShown ? type[..MaxShown] : type;
        return string.Concat(type.Select(static character => char.IsControl(character) ? ' ' : character));
    }

    /// <summary>"Extract a MIME type" (Fetch): of several values the last one that is a type counts, and <c>*/*</c> is none.</summary>
    private static string LastOf(IEnumerable<string> fields)
    {
        string last = "";
        foreach (string element in HeaderList.Elements(fields))
        {
            int end = element.AsSpan().IndexOfAny("; \t");
            string type = end < 0 ? element : element[..end];
            if (type.Contains('/', StringComparison.Ordinal) && type != "*/*")
            {
                last = type;
            }
        }

        return last;
    }
}
