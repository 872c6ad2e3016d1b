using System.Globalization;
using System.Net;
using System.Text.Json;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.Pipelines.Bench.Load;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>Three NATS servers on loopback, which keep three replicas and sync every write.</summary>
internal sealed class NatsServers : IDisposable
{
    private const int Count = 3;
    private const string Program = "nats-server";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LoopbackPort[] _ports = Ports();
    private readonly LoopbackPort[] _monitors = Ports();
    private readonly LoopbackPort[] _routes = Ports();
    private readonly List<ChildProcess> _servers = [];
    private readonly HttpClient _http = new();
    private readonly DirectoryInfo _folder;

    /// <param name="folder">Where they keep what they store; the caller deletes it.</param>
    public NatsServers(DirectoryInfo folder) => _folder = folder;

    /// <summary>Whether the program is installed.</summary>
    public static bool AreInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(static folder => File.Exists(Path.Combine(folder, Program)));

    public string Urls => string.Join(',', _ports.Select(static port => Invariant($"nats://127.0.0.1:{port.Number}")));

    public TimeSpan ProcessorTime => new(_servers.Sum(static server => server.ProcessorTime.Ticks));

    /// <summary>Starts them, and waits until JetStream has a leader.</summary>
    public async Task StartAsync()
    {
        for (int server = 0; server < Count; server++)
        {
            string file = Path.Combine(_folder.FullName, Invariant($"server-{server}.conf"));
            await File.WriteAllTextAsync(file, ConfigurationOf(server));
            _servers.Add(ChildProcess.OfProgram(Program, "-c", file));
        }

        using CancellationTokenSource patience = new(Patience);
        foreach (LoopbackPort monitor in _monitors)
        {
            while (!await IsReadyAsync(monitor, patience.Token))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
            }
        }
    }

    /// <summary>How many messages the servers have received and sent, those among themselves included.</summary>
    public async Task<long> CountMessagesAsync()
    {
        long messages = 0;
        foreach (LoopbackPort monitor in _monitors)
        {
            using var shown = JsonDocument.Parse(await _http.GetStringAsync(new Uri(monitor.Address, "/varz")));
            messages += shown.RootElement.GetProperty("in_msgs").GetInt64() + shown.RootElement.GetProperty("out_msgs").GetInt64();
        }

        return messages;
    }

    public void Dispose()
    {
        _servers.ForEach(static server => server.Dispose());
        _http.Dispose();
        foreach (LoopbackPort port in (LoopbackPort[])[.. _ports, .. _monitors, .. _routes])
        {
            port.Dispose();
        }
    }

    private static LoopbackPort[] Ports() => [.. Enumerable.Range(0, Count).Select(static _ => new LoopbackPort())];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private string ConfigurationOf(int server) => Invariant($$"""
        server_name: "server-{{server}}"
        listen: "127.0.0.1:{{_ports[server].Number}}"
        http: "127.0.0.1:{{_monitors[server].Number}}"
        log_file: "{{Path.Combine(_folder.FullName, "server.log")}}"
        jetstream {
          store_dir: "{{Path.Combine(_folder.FullName, $"store-{server}")}}"
          sync_interval: always
          max_memory_store: 256MB
          max_file_store: 4GB
        }
        cluster {
          name: fleet
          no_advertise: true
          listen: "127.0.0.1:{{_routes[server].Number}}"
          routes: [{{string.Join(", ", _routes.Select(static route => Invariant($"\"nats://127.0.0.1:{route.Number}\"")))}}]
        }
        """);

    private async Task<bool> IsReadyAsync(LoopbackPort monitor, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri(monitor.Address, "/healthz"), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }
}
