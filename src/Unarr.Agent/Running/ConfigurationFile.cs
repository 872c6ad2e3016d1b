using System.CommandLine;
using Tomlyn.Model;
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
        TomlText toml = TomlText.Parse(path, text);
        RefuseKeysOutsideOfSections(toml);
        TomlTable daemon = toml.SectionOf(Section);
        var auth = new AuthSettings(toml.SectionOf(AuthSection), (key, reason) => toml.Unusable(AuthSection, key, reason));
        ApiKey = auth.ApiKey;
        var tokens = new List<string>();
        if (!daemon.ContainsKey(OptionLayer.KeyOf(options.Server)))
        {
            tokens.AddRange(auth.Servers.Select(server => $"{options.Server.Name}={server}"));
        }

        foreach ((string key, object? value) in daemon)
        {
            Option option = options.All.FirstOrDefault(option => option != options.Config && OptionLayer.KeyOf(option) == key)
                ?? throw toml.Unusable(Section, key, $"unknown key '{key}' in [{Section}].");
            IEnumerable<string> texts = option == options.Downlink && value is string mode ? [Downlink(mode)]
                : OptionLayer.TextsOf(option, value)
                    ?? throw toml.Unusable(Section, key, $"'{key}' must be {OptionLayer.Expected(option)}.");

            // Behind the sign a text may begin with a dash, but it may not be empty.
            tokens.AddRange(texts.SelectMany<string, string>(
                text => text.Length == 0 ? [option.Name, text] : [$"{option.Name}={text}"]));
        }

        return OptionLayer.Parse(options.All, tokens, (option, reason) =>
            toml.Unusable(Section, OptionLayer.KeyOf(option), $"{OptionLayer.KeyOf(option)}: {reason}"));
    }

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

    /// <summary>Other sections belong to other programs; a key outside of all sections is a mistake.</summary>
    private static void RefuseKeysOutsideOfSections(TomlText toml)
    {
        foreach ((string key, object? value) in toml.Root)
        {
            if (key is not (Section or AuthSection) && value is not (TomlTable or TomlTableArray))
            {
                throw toml.Unusable("", key, $"unknown key '{key}': it belongs in [{Section}].");
            }
        }
    }

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
}
