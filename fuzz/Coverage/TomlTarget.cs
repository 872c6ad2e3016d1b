using System.CommandLine;
using Unarr.Agent.Running;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.CommandLine;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>The agent's configuration file: it is understood, or refused with a <see cref="UsageException"/>.</summary>
internal static class TomlTarget
{
    public static void Run(byte[] bytes)
    {
        // As a file's text is read.
        using var text = new StreamReader(new MemoryStream(bytes));
        using var warnings = new StringWriter { NewLine = "\n" };
        var options = new RunOptions();
        try
        {
            ParseResult result = new ConfigurationFile("agent.toml", options, warnings).Parse(text.ReadToEnd());
            Use(new RunSettings(result, result), options);
        }
        catch (UsageException exception)
        {
            FindingException.ThrowUnless(exception.Message.Length > 0, "an error says what is wrong");
        }

        string[] lines = warnings.ToString().Split('\n');
        FindingException.ThrowUnless(
            lines.Length <= 2 && !lines.Any(line => line.Any(char.IsControl)), "a warning is one line, without control characters");
    }

    /// <summary>Takes the values as the agent does.</summary>
    private static void Use(RunSettings settings, RunOptions options)
    {
        foreach (Option<TimeSpan?> option in options.All.OfType<Option<TimeSpan?>>())
        {
            FindingException.ThrowUnless(settings.Get(option) is null or { Ticks: >= 0 }, "a duration is never negative");
        }

        foreach (Option<int?> option in options.All.OfType<Option<int?>>())
        {
            FindingException.ThrowUnless(settings.Get(option) is null or > 0, "a count is positive");
        }

        foreach (Option<string?> option in options.All.OfType<Option<string?>>())
        {
            settings.Get(option);
        }

        settings.Get(options.Downlink);
        settings.Get(options.Hedging);
        settings.Get(options.Output);
        try
        {
            _ = new MirrorPool(settings.Get(options.Server), settings.Get(options.AllowInsecureHttp));
        }
        catch (ArgumentException)
        {
            // The agent turns it into a UsageException.
        }
    }
}
