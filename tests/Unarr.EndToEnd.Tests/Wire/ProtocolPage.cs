using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>The examples of <c>docs/protocol.md</c>, as the bytes that they stand for.</summary>
internal static partial class ProtocolPage
{
    private static readonly Match[] All =
        [.. Block().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "protocol.md"))).Cast<Match>()];

    private static readonly string[] Blocks = [.. Of(All, "http")];

    /// <summary>The control of the page, with each member.</summary>
    public static string Control => Of(All, "json").Single().TrimEnd('\n');

    /// <summary>All messages of the page, heads and bodies.</summary>
    public static IEnumerable<(string Head, string Body)> Messages => Blocks.Select(Split);

    /// <summary>The request for an endpoint, with other texts in the place of some, and its length set right.</summary>
    public static byte[] Request(string start, params (string Text, string Other)[] changes)
    {
        (string head, string body) = Of(start);
        foreach ((string text, string other) in changes)
        {
            Assert.Contains(text, $"{head}\n{body}", StringComparison.Ordinal);
            (head, body) = (head.Replace(text, other, StringComparison.Ordinal), body.Replace(text, other, StringComparison.Ordinal));
        }

        return Bytes((Length().Replace(head, Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture)), body));
    }

    /// <summary>The answer that follows a request on the page.</summary>
    public static (string Head, string Body) AnswerTo(string start) =>
        Split(Blocks[Array.FindIndex(Blocks, block => block.StartsWith(start, StringComparison.Ordinal)) + 1]);

    public static byte[] Bytes((string Head, string Body) message) =>
        Encoding.UTF8.GetBytes($"{message.Head.Replace("\n", "\r\n", StringComparison.Ordinal)}\r\n\r\n{message.Body}");

    private static IEnumerable<string> Of(Match[] blocks, string language) =>
        blocks.Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["text"].Value);

    private static (string Head, string Body) Of(string start) =>
        Split(Assert.Single(Blocks, block => block.StartsWith(start, StringComparison.Ordinal)));

    private static (string Head, string Body) Split(string block)
    {
        int end = block.IndexOf("\n\n", StringComparison.Ordinal);
        string body = block[(end + 2)..];

        // The last line's end belongs to the page, and to a stream, whose lines all have one.
        return (block[..end], block.Contains("text/event-stream\nCache", StringComparison.Ordinal) ? body : body.TrimEnd('\n'));
    }

    [GeneratedRegex("^```(?<language>http|json)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<=Content-Length: )\d+")]
    private static partial Regex Length();
}
