namespace Unarr.Pipelines.Sse;

/// <summary>Which coding an answer's body came in. None is ever asked for; words that name none are common and harmless.</summary>
internal static class ContentCoding
{
    /// <summary>The registered codings (IANA, "HTTP Content Coding Registry"), without <c>identity</c>.</summary>
    private static readonly string[] Names =
    [
        "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip", "x-compress", "x-gzip", "zstd",
    ];

    /// <summary>Returns the first coding that these fields name, as it is registered; <see langword="null"/> when the body is as it is. Any
    /// other word (<c>none</c>, <c>UTF-8</c>, <c>chunked</c>) is <c>identity</c>.</summary>
    public static string? Of(IEnumerable<string> fields) => All(fields) is [string first, ..] ? first : null;

    /// <summary>Returns every coding that these fields name, in the order in which they were applied.</summary>
    public static IReadOnlyList<string> All(IEnumerable<string> fields)
    {
        List<string> codings = [];
        foreach (string element in HeaderList.Elements(fields))
        {
            int end = element.AsSpan().IndexOfAny("; \t");
            string word = (end < 0 ? element : element[..end]).Trim('"');
            if (Array.Find(Names, name => name.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } name)
            {
                codings.Add(name);
            }
        }

        return codings;
    }
}
