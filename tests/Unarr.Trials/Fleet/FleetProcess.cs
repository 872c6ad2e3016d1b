using System.Diagnostics;
using System.Globalization;
using Unarr.EndToEnd.Tests.Middleboxes;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>One node as a process of its own, which comes to NATS over relays and can be killed and started again where it was.</summary>
internal sealed class FleetProcess : IAsyncDisposable
{
    private readonly LoopbackPort _port = new();
    private readonly string _keys;
    private readonly int _queue;
    private Process? _process;

    public FleetProcess(string name, string keys, IReadOnlyList<int> serverPorts, int queue)
    {
        Name = name;
        _keys = keys;
        _queue = queue;
        Relays = [.. serverPorts.Select(server => new NatsRelay(server))];
    }

    public string Name { get; }

    public Uri Address => _port.Address;

    public IReadOnlyList<NatsRelay> Relays { get; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts it, and again 2 s after each end, as its unit file does: JetStream may have no leader when a node starts.</summary>
    public async Task StartAsync(bool create, CancellationToken deadline)
    {
        while (!await TryStartAsync(create, deadline))
        {
            await Task.Delay(TimeSpan.FromSeconds(2), deadline);
        }
    }

    private async Task<bool> TryStartAsync(bool create, CancellationToken deadline)
    {
        string store = string.Join(',', Relays.Select(
            relay => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{relay.Port}")));
        ProcessStartInfo start = new("dotnet", [
            "exec", Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll"), "serve", "--keys", _keys, "--store", store,
            "--urls", Address.GetLeftPart(UriPartial.Authority), "--node", Name, "--drain", "1s", "--heartbeat", "2s",
            "--queue", _queue.ToString(CultureInfo.InvariantCulture), "--log-level", "Warning", .. create ? (string[])["--create"] : []])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_gcServer"] = "0" },
        };
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine($"{Name}: {line.Data}");
        process.BeginErrorReadLine();
        if (await process.StandardOutput.ReadLineAsync(deadline) is { } listening)
        {
            Assert.StartsWith("Listening", listening, StringComparison.Ordinal);
            _process = process;
            return true;
        }

        // "JetStream has not answered within 10 s."
        using (process)
        {
            await process.WaitForExitAsync(deadline);
            Assert.Equal(2, process.ExitCode);
            return false;
        }
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync();
        }

        foreach (NatsRelay relay in Relays)
        {
            await relay.DisposeAsync();
        }

        _port.Dispose();
    }
}
