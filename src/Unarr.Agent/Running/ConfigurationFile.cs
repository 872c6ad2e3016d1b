using System.CommandLine;
using System.Globalization;
using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Parsing;
using Tomlyn.Syntax;
using Unarr.Agent.Arguments;
using Unarr.Agent.Connecting;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.CommandLine;

namespace Unarr.Agent.Running;

/// <summary>The TOML file: its values are handed to the options that parse the arguments, so that both mean the same.</summary>
internal sealed class ConfigurationFile(string path, RunOptions options, TextWriter warnings)
{
    private const string Section = "daemon";
    private const string AuthSection = "auth";
    private const int MaxBytes = 1024 * 1024;

    /// <summary>The key that the file itself holds, once it has been read; as secret as any.</summary>
    public string? ApiKey { get; private set; }

    /// <exception cref="UsageException">The file cannot be read, or says what cannot be understood.</exception>
    public ParseResult Read()
    {
        ParseResult result = Parse(Text());
        if (ApiKey is not null && !OperatingSystem.IsWindows() && File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherRead))
        {
            warnings.WriteLine(OneLine.Of($"warning: '{path}' holds an API key, and every user of this machine can read it: chmod o-r"));
        }

        return result;
    }

    /// <exception cref="UsageException">The text says what cannot be understood.</exception>
    internal ParseResult Parse(string text)
    {
        TomlTable root = Table(text);
        RefuseKeysOutsideOfSections(root);
        TomlTable daemon = SectionOf(root, Section);
        var auth = new AuthSettings(SectionOf(root, AuthSection), Unusable);
        ApiKey = auth.ApiKey;
        var tokens = new List<string>();
        if (!daemon.ContainsKey(Key(options.Server)))
        {
            tokens.AddRange(auth.Servers.Select(server => $"{options.Server.Name}={server}"));
        }

        foreach ((string key, object? value) in daemon)
        {
            Option option = options.All.FirstOrDefault(option => option != options.Config && Key(option) == key)
                ?? throw Unusable($"unknown key '{key}' in [{Section}].");
            // Behind the sign a text may begin with a dash, but it may not be empty.
            tokens.AddRange(Values(option, key, value).SelectMany<string,
                string>(text => text.Length == 0 ? [option.Name, text] : [$"{option.Name}={text}"]));
        }

        var command = new RootCommand();
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        ParseResult result = command.Parse(tokens, ArgumentParsing.Configuration);
        return result.Errors.Count == 0 ? result : throw Unusable(Named(result.Errors[0].Message));
    }

    private static string Key(Option option) => option.Name.TrimStart('-').Replace('-', '_');

    private static Type ValueType(Option option) => Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;

    /// <summary>An option's message begins with its name: here it is the key's.</summary>
    private static string Named(string message) =>
        message.Split(':', 2) is [['-', '-', ..] name, string rest] ? $"{name.TrimStart('-').Replace('-', '_')}:{rest}" : message;

    private string Text()
    {
        try
        {
            return new StreamReader(new MemoryStream(SmallFile.Read(path, MaxBytes))).ReadToEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.File("configuration", path, exception);
        }
    }

    private TomlTable SectionOf(TomlTable root, string name)
    {
        if (!root.TryGetValue(name, out object? section))
        {
            return [];
        }

        return section as TomlTable ?? throw Unusable($"'{name}' must be a table: [{name}].");
    }

    /// <summary>Sections are other programs', or of an agent that is deployed already; a key outside of all is a mistake.</summary>
    private void RefuseKeysOutsideOfSections(TomlTable root)
    {
        foreach ((string key, object? value) in root)
        {
            if (key is not (Section or AuthSection) && value is not (TomlTable or TomlTableArray))
            {
                throw Unusable($"unknown key '{key}': it belongs in [{Section}].");
            }
        }
    }

    private TomlTable Table(string text)
    {
        try
        {
            // A table takes the last of two equal keys: the validation is what refuses them.
            SyntaxParser.ParseStrict(text, sourceName: null, validate: true);
            return TomlSerializer.Deserialize(text, ConfigurationContext.Default.TomlTable) ?? [];
        }
        catch (TomlException exception)
        {
            // Its message quotes the text, and a file named by mistake may hold a secret: the place is enough.
            (int line, int column) = Place(exception);
            throw Unusable(
                string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}: this is not valid TOML, or it repeats a key."));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The parser throws what it does not document where the end cuts an escape off.
            throw new UsageException($"'{path}': it is not valid TOML.", exception);
        }
    }

    private static (int Line, int Column) Place(TomlException exception)
    {
        DiagnosticMessage? first = exception.Diagnostics.FirstOrDefault();
        return first is null ? (exception.Line ?? 1, exception.Column ?? 1) : (first.Span.Start.Line + 1, first.Span.Start.Column + 1);
    }

    /// <summary>The texts that an argument would have been given with.</summary>
    private IEnumerable<string> Values(Option option, string key, object? value)
    {
        if (option == options.Downlink && value is string mode)
        {
            return [Downlink(mode)];
        }

        return (value, ValueType(option)) switch
        {
            (string text, Type type) when type != typeof(bool) && type != typeof(int) => [text],
            (string text, Type type) when type == typeof(int) && option != options.MaxSseFailures => [text],
            (long count, Type type) when type == typeof(int) => [count.ToString(CultureInfo.InvariantCulture)],
            (bool flag, Type type) when type == typeof(Toggle) => [flag ? "on" : "off"],
            (bool flag, Type type) when type == typeof(bool) => [flag ? "true" : "false"],
            (TomlArray list, Type type) when type == typeof(string[]) && list.All(entry => entry is string) => list.Cast<string>(),
            _ => throw Unusable($"'{key}' must be {Expected(option)}."),
        };
    }

    private string Expected(Option option) => ValueType(option) switch
    {
        Type type when type == typeof(Toggle) => "\"on\" or \"off\"",
        _ when option == options.MaxSseFailures => "a whole number",
        Type type when type == typeof(bool) => "true or false",
        Type type when type == typeof(int) => SizeArgument.Expected,
        Type type when type == typeof(TimeSpan) => $"{DurationArgument.Expected}, as a string",
        Type type when type == typeof(string[]) => "a string, or a list of strings",
        _ => "a string",
    };

    /// <summary>"Trimmed, case-insensitive; empty or unknown is auto."</summary>
    private string Downlink(string mode)
    {
        string trimmed = mode.Trim();
        if (Enum.GetValues<DownlinkMode>().Select(DownlinkWords.Of).Contains(trimmed, StringComparer.OrdinalIgnoreCase))
        {
            return trimmed;
        }

        if (trimmed.Length > 0)
        {
            warnings.WriteLine(OneLine.Of($"warning: '{path}': downlink: '{trimmed}' is not one of auto, sse, poll; auto is used."));
        }

        return "auto";
    }

    private UsageException Unusable(string reason) => new($"'{path}': {reason}");
}
