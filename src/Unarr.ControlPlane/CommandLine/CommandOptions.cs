using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>The options of a command: its arguments, the environment's variables, and a configuration file.</summary>
internal static class CommandOptions
{
    /// <exception cref="UsageException">A variable or the file cannot be used.</exception>
    public static LayeredOptions Read(ParseResult arguments)
    {
        List<Option> options = [];
        for (SymbolResult? result = arguments.CommandResult; result is CommandResult command; result = result.Parent)
        {
            options.AddRange(command.Command.Options.Where(static option => option is not (HelpOption or VersionOption)));
        }

        ParseResult environment = OptionLayer.OfEnvironment(options, Environment.GetEnvironmentVariable);
        if (!options.Contains(ConfigurationFile.Option)
            || new LayeredOptions(arguments, environment).Get(ConfigurationFile.Option) is not { } path)
        {
            return new LayeredOptions(arguments, environment);
        }

        Option[] used = [.. options.Where(static option => option != ConfigurationFile.Option)];
        return new LayeredOptions(arguments, environment, ConfigurationFile.Read(path, [.. ServeCommand.Options, .. used], used));
    }
}
