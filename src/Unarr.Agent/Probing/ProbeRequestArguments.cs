using System.CommandLine;
using System.Text;
using Unarr.Agent.Connecting;
using Unarr.CommandLine;

namespace Unarr.Agent.Probing;

/// <summary>A request's headers, method and body as curl takes them. No message repeats a header: it may be a secret.</summary>
internal static class ProbeRequestArguments
{
    public const string HeaderOption = "--header";

    private const int MaxBytes = 1024 * 1024;

    // What the connection itself says: another word would break the exchange.
    private static readonly string[] Reserved = ["Connection", "Content-Length", "Transfer-Encoding", "Upgrade"];

    /// <summary>Whether the command line has a header, whole or in pieces.</summary>
    public static bool HasHeader(ParseResult result) => result.Tokens.Any(token => token.Value == HeaderOption
        || token.Value.StartsWith($"{HeaderOption}=", StringComparison.Ordinal));

    /// <summary>Reads headers: each <c>Name: value</c>, or <c>@FILE</c> with one a line.</summary>
    /// <exception cref="UsageException">One is no header, or its file cannot be read.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(IEnumerable<string> arguments) =>
        [.. arguments.SelectMany(argument => argument is ['@', ..] ? Lines(argument[1..]) : [argument]).Select(Header)];

    /// <exception cref="UsageException">It is no method.</exception>
    public static HttpMethod Method(string text) => text.All(IsTokenCharacter)
        ? HttpMethod.Parse(text)
        : throw new UsageException($"--method: '{text}' is not a method.");

    /// <summary>Reads a body: the text, or what is in the file of <c>@FILE</c>.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static byte[] Data(string argument) => argument is ['@', ..] ? File("data", argument[1..]) : Encoding.UTF8.GetBytes(argument);

    private static KeyValuePair<string, string> Header(string text)
    {
        string[] parts = text.Split(':', 2, StringSplitOptions.TrimEntries);
        if (parts is not [{ Length: > 0 } name, { Length: > 0 } value]
            || !name.All(IsTokenCharacter) || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new UsageException($"{HeaderOption}: it must be 'Name: value' in visible ASCII, as one argument.");
        }

        return Reserved.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? throw new UsageException($"{HeaderOption}: {name} cannot be set here.")
            : new(name, value);
    }

    private static string[] Lines(string path) => Encoding.UTF8.GetString(File("header", path))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static byte[] File(string what, string path)
    {
        try
        {
            return SmallFile.Read(path, MaxBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable.File(what, path, exception);
        }
    }

    // RFC 9110, section 5.6.2.
    private static bool IsTokenCharacter(char character) =>
        char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);
}
