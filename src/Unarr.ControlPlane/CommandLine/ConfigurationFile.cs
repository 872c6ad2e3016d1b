using System.CommandLine;
using Tomlyn.Model;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>A TOML file with options by their names in snake_case, in <c>[serve]</c> or outside of any table.</summary>
internal static class ConfigurationFile
{
    /// <summary>The option that names the file.</summary>
    public static readonly Option<string?> Option = new("--config")
    {
        Description = "A TOML file with these options by their names in snake_case, in [serve]. An argument overrides the file.",
        HelpName = "FILE",
    };

    private const int MaxBytes = 1024 * 1024;

    // The second is what the agent's file has: whoever knows that one is right here too.
    private static readonly string[] Sections = ["serve", "daemon"];

    /// <summary>Reads the file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="known">All options that a file can have.</param>
    /// <param name="used">Those of them that the command has.</param>
    /// <exception cref="UsageException">The file cannot be read, or a key or a value is not one that can be used.</exception>
    public static ParseResult Read(string path, IReadOnlyList<Option> known, IReadOnlyList<Option> used)
    {
        TomlText toml = TomlText.Parse(path, Text(path));
        List<string> tokens = [];
        Dictionary<Option, string> sections = [];
        foreach ((string section, string key, object? value) in Keys(toml))
        {
            Option option = known.FirstOrDefault(option => OptionLayer.KeyOf(option) == key)
                ?? throw toml.Unusable(section, key, $"unknown key '{key}'{(section.Length == 0 ? "" : $" in [{section}]")}.");
            if (!sections.TryAdd(option, section))
            {
                throw toml.Unusable(section, key, $"'{key}' is there twice.");
            }

            IEnumerable<string> texts = OptionLayer.TextsOf(option, value)
                ?? throw toml.Unusable(section, key, $"'{key}' must be {OptionLayer.Expected(option)}.");
            if (used.Contains(option))
            {
                tokens.AddRange(texts.SelectMany<string, string>(
                    text => text.Length == 0 ? [option.Name, text] : [$"{option.Name}={text}"]));
            }
        }

        return OptionLayer.Parse(used, tokens, (option, reason) => toml.Unusable(
            sections.GetValueOrDefault(option, ""), OptionLayer.KeyOf(option), $"{OptionLayer.KeyOf(option)}: {reason}"));
    }

    private static IEnumerable<(string Section, string Key, object? Value)> Keys(TomlText toml)
    {
        foreach ((string name, object? value) in toml.Root)
        {
            if (value is not (TomlTable or TomlTableArray) && !Sections.Contains(name))
            {
                yield return ("", name, value);
            }
            else if (!Sections.Contains(name))
            {
                throw toml.Unusable("", name, $"unknown table [{name}]: the options are in [{Sections[0]}].");
            }
        }

        foreach (string section in Sections)
        {
            foreach ((string key, object? value) in toml.SectionOf(section))
            {
                yield return (section, key, value);
            }
        }
    }

    private static string Text(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[MaxBytes + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxBytes)
            {
                throw new UsageException($"--config: '{path}' is larger than {MaxBytes} bytes.");
            }

            using StreamReader reader = new(new MemoryStream(bytes, 0, length));
            return reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"--config: there is no file '{path}'.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--config: '{path}' cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
