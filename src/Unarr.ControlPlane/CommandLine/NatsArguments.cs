using System.CommandLine;
using Unarr.Agents.Hub.Nats;
using Unarr.CommandLine;
using Unarr.ControlPlane.Hosting;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>How a store in JetStream is used.</summary>
internal static class NatsArguments
{
    private static readonly NatsAgentHubOptions Defaults = new();

    private static readonly Option<bool> Create = new("--create")
    {
        Description = "Makes what is missing in JetStream. Without it a missing bucket ends the start: give it once, for the first.",
    };

    private static readonly Option<FileInfo?> Credentials = new("--nats-credentials")
    {
        Description = "The file with this node's credentials for NATS.",
        HelpName = "FILE",
    };

    private static readonly Option<FileInfo?> Ca = new("--nats-ca")
    {
        Description = "The certificate authority of the NATS servers, in PEM; the connection is encrypted then.",
        HelpName = "FILE",
    };

    private static readonly Option<int?> Replicas = CountArgument.Option(
        "--nats-replicas", "How many servers keep what --create makes.", "3 on a cluster, 1 on a single server", 1, 5);

    private static readonly Option<int?> MaxBytes = SizeArgument.Option(
        "--nats-max-bytes", "How much may be pending for all agents, where --create makes it.", (int)Defaults.MaxBytes, 1024 * 1024,
        int.MaxValue);

    private static readonly Option<string> Prefix = new("--nats-prefix")
    {
        Description = "What the names in NATS begin with: fleets that share an account need one each.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.Prefix,
    };

    private static readonly Option<string?> Monitor = new("--nats-monitor")
    {
        Description = "Where the NATS servers' monitoring is, with commas: they are asked at the start whether they sync every write.",
        HelpName = "URL",
    };

    private static readonly Option<string?> Node = new("--node")
    {
        Description = "The name of this node among the others. [default: the machine's name and a random suffix]",
        HelpName = "NAME",
    };

    private static readonly Option<TimeSpan?> Drain = DurationArgument.Option(
        "--drain",
        "Over how long the streams end at a stop, where other nodes take the agents.",
        new AgentHubOptions().DrainTime,
        TimeSpan.Zero,
        TimeSpan.FromMinutes(5));

    public static IEnumerable<Option> All => [Create, Credentials, Ca, Replicas, MaxBytes, Prefix, Monitor, Node, Drain];

    public static TimeSpan DrainOf(LayeredOptions options) => options.Get(Drain) ?? new AgentHubOptions().DrainTime;

    /// <returns>The store in JetStream; <see langword="null"/> where the store is another.</returns>
    /// <exception cref="UsageException">An option cannot be used.</exception>
    public static NatsStore? Read(LayeredOptions given, string store)
    {
        if (!StoreArgument.IsNats(store))
        {
            Option? other = All.FirstOrDefault(given.Has);
            return other is null ? null : throw new UsageException($"{other.Name}: this is for --store nats://HOST:PORT.");
        }

        NatsStore nats = new(store, options => Configure(options, given));
        try
        {
            NatsAgentHubOptions options = new();
            nats.Configure(options);
            _ = new NatsSettings(store, options);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"--store: {exception.Message.Split(" (Parameter")[0]}", exception);
        }

        return nats;
    }

    private static void Configure(NatsAgentHubOptions options, LayeredOptions given)
    {
        options.Create = given.Get(Create);
        options.CredentialsFile = given.Get(Credentials)?.FullName;
        options.CaFile = given.Get(Ca)?.FullName;
        options.Replicas = given.Get(Replicas);
        options.MaxBytes = given.Get(MaxBytes) ?? Defaults.MaxBytes;
        options.Prefix = given.Get(Prefix);
        options.MonitorAddresses = given.Get(Monitor);
        options.NodeName = given.Get(Node);
    }
}
