using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.EndToEnd.Tests.Middleboxes;

namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>One nats-server with JetStream on loopback ports and in a folder of its own; it syncs every write where nothing else is
/// said.</summary>
public sealed class NatsServer : IAsyncDisposable
{
    public const string Program = "nats-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _configuration;
    private readonly LoopbackPort _port = new();
    private readonly LoopbackPort _monitorPort = new();
    private readonly LoopbackPort? _clusterPort;
    private Process? _process;

    /// <param name="name">Its name, also in its cluster.</param>
    /// <param name="clusterPort">Where the other servers come; it is the server's from now on. Null for a single server.</param>
    /// <param name="routes">The cluster ports of all servers.</param>
    /// <param name="sync">How often it syncs.</param>
    internal NatsServer(string name, LoopbackPort? clusterPort, IReadOnlyList<LoopbackPort> routes, string sync = "always")
    {
        _clusterPort = clusterPort;
        Folder = Path.Combine(Path.GetTempPath(), $"unarr-nats-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder);
        _configuration = Path.Combine(Folder, "server.conf");
        string cluster = clusterPort is null ? "" : string.Create(CultureInfo.InvariantCulture, $$"""
            cluster {
              name: fleet
              no_advertise: true
              listen: "127.0.0.1:{{clusterPort.Number}}"
              routes: [{{string.Join(", ", routes.Select(route => $"\"nats://127.0.0.1:{route.Number}\""))}}]
            }
            """);
        File.WriteAllText(_configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            server_name: {{name}}
            listen: "127.0.0.1:{{Port}}"
            http: "127.0.0.1:{{_monitorPort.Number}}"
            log_file: "{{Path.Combine(Folder, "server.log")}}"
            lame_duck_duration: "30s"
            lame_duck_grace_period: "1s"
            jetstream {
              store_dir: "{{Path.Combine(Folder, "store")}}"
              sync_interval: "{{sync}}"
              max_memory_store: 256MB
              max_file_store: 4GB
            }
            {{cluster}}
            """));
    }

    /// <summary>Where clients come.</summary>
    public int Port => _port.Number;

    /// <summary>Its configuration, log and store.</summary>
    public string Folder { get; }

    /// <summary>Where it answers how it is configured.</summary>
    public string Monitor => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_monitorPort.Number}");

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{Port}");

    /// <summary>What its store lies on, where that is a disk of its own: it is disposed of with the server, once that has ended.</summary>
    internal IDisposable? Disk { get; set; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts one server, or skips the test where there is none to start.</summary>
    /// <param name="sync">How often it syncs.</param>
    public static async Task<NatsServer> StartSingleAsync(string sync = "always")
    {
        Needs.Program(Program);
        NatsServer server = new("single", null, [], sync);
        server.Start();
        await server.UntilReadyAsync();
        return server;
    }

    public void Start() => _process = Process.Start(new ProcessStartInfo(Needs.PathOf(Program), ["-c", _configuration])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Waits until JetStream answers here.</summary>
    public async Task UntilReadyAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        while (true)
        {
            Assert.True(IsRunning, $"The server has ended: {LastLine()}");
            try
            {
                await using NatsConnection connection = new(new NatsOpts { Url = Url, ConnectTimeout = TimeSpan.FromSeconds(1) });
                NatsJSContext jetStream = new(connection, new NatsJSOpts(connection.Opts, requestTimeout: TimeSpan.FromSeconds(1)));
                await jetStream.GetAccountInfoAsync(patience.Token);
                return;
            }
            catch (NatsException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(50, patience.Token);
            }
        }
    }

    /// <summary>Ends it as a loss of power would, except for what the system has in memory.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end.</summary>
    public async Task TerminateAsync()
    {
        Signal(15);
        await _process!.WaitForExitAsync();
    }

    /// <summary>Lets its clients go to other servers, one after the other, before it ends.</summary>
    public void EnterLameDuck() => Signal(12);

    /// <summary>Stops it without closing anything: its peers only notice that it is silent.</summary>
    public void Pause() => Signal(19);

    public void Resume() => Signal(18);

    /// <summary>Removes all that it has stored; it is not running then.</summary>
    public void Wipe() => Directory.Delete(Path.Combine(Folder, "store"), recursive: true);

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync();
        }

        _process?.Dispose();
        _port.Dispose();
        _monitorPort.Dispose();
        _clusterPort?.Dispose();
        Disk?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private string? LastLine()
    {
        string log = Path.Combine(Folder, "server.log");
        return File.Exists(log) ? File.ReadLines(log).LastOrDefault() : null;
    }

    private void Signal(int signal) => Assert.Equal(0, Kill(_process!.Id, signal));

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
