using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Hub.Sqlite;
using Unarr.CommandLine;
using Unarr.ControlPlane.Audit;
using Unarr.ControlPlane.Backup;
using Unarr.ControlPlane.Hosting;

namespace Unarr.ControlPlane.CommandLine;

/// <summary><c>unarr-controlplane serve</c>: runs until a signal ends it.</summary>
internal static class ServeCommand
{
    private const string Notes = """
        The keys file is JSON: "keys init" makes it, and "keys add" adds agents and operators. Every request carries its key as
        "Authorization: Bearer KEY":

          { "operator": "OPERATOR-KEY", "agents": { "agent-1": "KEY-1", "agent-2": "KEY-2" } }

        Agents:    GET  /api/internal/agent/events | /wake
                   POST /api/internal/agent/sync
        Operator:  GET  /api/operator/agents               all agents: route, last seen, pending controls
                   GET  /api/operator/agents/ID            one agent with its pending and its settled controls
                   POST /api/operator/agents/ID/controls   {"action":"cancel","taskId":"t1"} or a list of controls
                   POST /api/operator/agents/ID/sync       asks the agent for a sync
                   PUT  /api/operator/agents/ID/watching   {"watching":true}
                   POST /api/operator/controls             {"agents":["a1","a2"],"controls":[...]}: a push to many,
                                                           or with "filter":{...} or "all":true in place of "agents"
                   DELETE /api/operator/agents/ID/controls/CONTROL  withdraws a pending control
                   GET  /api/operator/agents/ID/history    the controls that ended, by pages
                   GET  /api/operator/pushes | /pushes/ID  the pushes to many, with an outcome for each agent
                   GET  /api/operator/export               the controls of all agents, one JSON object a line
                   GET  /api/operator/audit                what operators did
                   GET  /api/operator/nodes                the nodes that share a store in JetStream
                   GET  /api/operator/stream               an event stream: the status of all agents, and each change
        Anyone:    GET  /                                  the operator's page; it asks for the operator's key
                   GET  /health                            whether the store can be used

        The keys file and the certificate are read again when they change, and on SIGHUP. Streams, polls and requests that were opened
        with a key end when that key is replaced or removed.

        Pending controls are in the store's file until the agent acknowledges them. Only one control plane at a time can use a file:
        start each with its own file, such as --store /var/lib/unarr/controlplane.db

        With --store nats://10.0.0.1:4222,nats://10.0.0.2:4222 any number of control planes serve one fleet. The first start needs
        --create. A push may carry the header Idempotency-Key: repeated with it, also elsewhere, it is queued once.

        Each option has a variable in the environment: --log-level is UNARR_LOG_LEVEL. An argument wins over the variable, and the
        variable over the file of --config, which is TOML:

          [serve]
          keys = "/etc/unarr/keys.json"
          urls = "https://0.0.0.0:8443"
          certificate = "/etc/unarr/fullchain.pem"
          certificate_key = "/etc/unarr/privkey.pem"

        Example:
          unarr-controlplane serve --keys keys.json --urls http://127.0.0.1:8080
          curl -H "Authorization: Bearer OPERATOR-KEY" -d '{"action":"pause","taskId":"t1"}' \
            http://127.0.0.1:8080/api/operator/agents/agent-1/controls
        """;

    private static readonly Option<string?> Keys = new("--keys")
    {
        Description = "The keys of the operators and of each agent; \"keys init\" makes the file. [required]",
        HelpName = "FILE",
    };

    private static readonly ControlPlaneOptions Defaults = new() { Keys = ApiKeys.None };

    private static readonly Option<TimeSpan?> Heartbeat = DurationArgument.Option(
        "--heartbeat",
        "How often a comment is sent on each stream, whatever else it carries.",
        Defaults.Heartbeat,
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMinutes(5));

    private static readonly Option<TimeSpan?> WakeHold = DurationArgument.Option(
        "--wake-hold",
        "How long a long-poll is held when nothing comes.",
        Defaults.WakeHold,
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromSeconds(28));

    private static readonly Option<int?> QueueLimit = CountArgument.Option(
        "--queue", "How many controls an agent may have pending; the operator gets 429 for more.", Defaults.QueueLimit, 1,
        QueueSize.MaxControls);

    private static readonly Option<int?> MaxBody = SizeArgument.Option(
        "--max-body", "The largest request body.", Defaults.MaxBodyBytes, 1024, 64 * 1024 * 1024);

    private static readonly Option<string> Store = StoreArgument.Option();

    private static readonly Option<string?> Metrics = MetricsArgument.Option();

    private static readonly Option<LogLevel> Log = new("--log-level")
    {
        Description = "The lowest level that is logged on standard error: Debug, Information, Warning, Error or None.",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    private static readonly Option<string> LogFormat = new Option<string>("--log-format")
    {
        Description = "The format of the log: plain, or json with one object a line.",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => StandardErrorLog.Plain,
    }.AcceptOnlyFromAmong(StandardErrorLog.Plain, StandardErrorLog.Json);

    /// <summary>All options of the command.</summary>
    public static IReadOnlyList<Option> Options { get; } =
    [
        Keys, .. TransportArguments.All, Heartbeat, WakeHold, QueueLimit, MaxBody, Store, HistoryArgument.Option, ConfigurationFile.Option,
        Metrics, Log, LogFormat, .. AuditArguments.All, .. NatsArguments.All,
    ];

    public static Command Create()
    {
        DocumentedCommand command = new("serve", "Serves agents and operators until Ctrl-C or SIGTERM.", Notes);
        foreach (Option option in Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        LayeredOptions options = CommandOptions.Read(arguments);
        string keyFile = options.Get(Keys) is { Length: > 0 } path
            ? path : throw new UsageException("--keys FILE is required: the file with the keys, which \"keys init\" makes.");
        TaskCompletionSource<Action> started = new();
        using PosixSignalRegistration? hangUp =
            OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, ReadAgain);
        (ApiKeys keys, byte[] content) = Load(keyFile);
        string[] urls = TransportArguments.UrlsOf(options);
        using ServerCertificate? certificate = TransportArguments.CertificateOf(options);
        using UnblockedConsole console = new();

        // Closed after the host has stopped, which uses them to the end.
        NatsStore? nats = NatsArguments.Read(options, options.Get(Store));
        int history = HistoryArgument.Read(options, options.Get(Store));
        using SqliteControlStore? store = StoreArgument.Open(options.Get(Store), history);
        using AuditFile? audit = AuditArguments.Open(options);
        await using MetricsExport? metrics = await MetricsExport.StartAsync(
            options.Get(Metrics), Environment.GetEnvironmentVariable, cancellationToken).ConfigureAwait(false);
        await using ControlPlaneHost host = new(HostOptions(options) with
        {
            Keys = keys,
            Store = store,
            Nats = nats,
            Audit = audit,
            History = history,
            Urls = urls,
            Certificate = certificate is null ? null : () => certificate.Current,
        });
        await StartAsync(host, cancellationToken).ConfigureAwait(false);
        console.LogDropped(host.Logger<UnblockedConsole>());
        ServeWarnings warnings = new(host.Services.GetRequiredService<ILogger<ServeWarnings>>());
        using KeyFileWatch watch = new(Path.GetFullPath(keyFile), content, UseKeys, host.Logger<KeyFileWatch>(), TimeProvider.System);
        certificate?.Watch(host.Logger<ServerCertificate>());
        using StoreSocket? copies = store is null ? null : StoreSocket.Listen(store, host.Logger<StoreSocket>());
        started.SetResult(() =>
        {
            watch.ReadAgain();
            certificate?.ReadAgain();
        });
        warnings.AboutKeys(keyFile);
        warnings.AboutAddresses(host.Addresses, TransportArguments.ProxiesOf(options).Count > 0);
        foreach (Uri address in host.Addresses)
        {
            Console.Out.WriteLine($"Listening on {address.GetLeftPart(UriPartial.Authority)}");
        }

        if (metrics?.Address is { } scraped)
        {
            Console.Out.WriteLine($"Metrics on {scraped}");
        }

        TaskCompletionSource signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(signalled.SetResult))
        {
            await signalled.Task.ConfigureAwait(false);
        }

        await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return 0;

        void UseKeys(ApiKeys next)
        {
            host.UseKeys(next);
            warnings.AboutKeys(keyFile);
        }

        void ReadAgain(PosixSignalContext signal)
        {
            // "SIGHUP reads the keys again": also one that comes before the start is over.
            signal.Cancel = true;
            started.Task.ContinueWith(
                static started => started.Result(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static ControlPlaneOptions HostOptions(LayeredOptions options)
    {
        LogLevel level = options.Get(Log);
        string format = options.Get(LogFormat);
        return Defaults with
        {
            Drain = NatsArguments.DrainOf(options),
            TrustedProxies = TransportArguments.ProxiesOf(options),
            Heartbeat = options.Get(Heartbeat) ?? Defaults.Heartbeat,
            WakeHold = options.Get(WakeHold) ?? Defaults.WakeHold,
            QueueLimit = options.Get(QueueLimit) ?? Defaults.QueueLimit,
            MaxBodyBytes = options.Get(MaxBody) ?? Defaults.MaxBodyBytes,
            Logging = logging => StandardErrorLog.Add(logging, level, format),
        };
    }

    private static async Task StartAsync(ControlPlaneHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new UsageException($"--urls: {exception.Message}", exception);
        }
        catch (ControlStoreException exception)
        {
            throw new UsageException($"--store: JetStream cannot be used: {exception.Message}.", exception);
        }
    }

    private static (ApiKeys Keys, byte[] Content) Load(string file)
    {
        try
        {
            byte[] content = File.ReadAllBytes(file);
            return (KeyFile.Parse(content), content);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"--keys: there is no file '{file}'.", exception);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--keys: '{file}' cannot be used: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
