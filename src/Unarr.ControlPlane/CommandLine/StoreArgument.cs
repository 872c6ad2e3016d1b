using System.CommandLine;
using Unarr.Agents.Hub.Sqlite;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Where pending controls are kept: a file, or <c>memory</c>.</summary>
internal static class StoreArgument
{
    public const string Memory = "memory";

    private const string Name = "--store";
    private const string DefaultFile = "unarr-controlplane.db";

    private static readonly string[] NatsSchemes = ["nats://", "tls://"];

    public static Option<string> Option()
    {
        Option<string> option = new(Name)
        {
            Description = $"Where pending controls are kept: a file, made when it is missing, \"{Memory}\", which forgets them, or NATS " +
                "JetStream, which many control planes share.",
            HelpName = $"FILE|{Memory}|nats://HOST:PORT[,...]",
            DefaultValueFactory = _ => DefaultFile,
        };
        option.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
            {
                result.AddError($"{Name}: a file's name is missing.");
            }
        });
        return option;
    }

    /// <summary>Whether the store is in JetStream.</summary>
    public static bool IsNats(string value) =>
        Array.Exists(NatsSchemes, scheme => value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <param name="value">What the option names.</param>
    /// <param name="history">How many ended controls are kept of each agent.</param>
    /// <returns>The store, or <see langword="null"/> for one in memory or in JetStream.</returns>
    /// <exception cref="UsageException">The file cannot be the store.</exception>
    public static SqliteControlStore? Open(string value, int history)
    {
        if (value == Memory || IsNats(value))
        {
            return null;
        }

        try
        {
            return SqliteControlStore.Open(value, history);
        }
        catch (Exception exception) when (exception is ControlStoreException or ArgumentException or PathTooLongException)
        {
            throw new UsageException($"{Name}: '{value}' cannot be used: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
