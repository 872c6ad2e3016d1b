using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A real HAProxy before a control plane.</summary>
internal sealed class HaProxy : Middlebox
{
    public const string Program = "haproxy";

    private HaProxy()
        : base(Program)
    {
        Port = NewPort();
    }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    private int Port { get; }

    /// <summary>Starts one.</summary>
    /// <param name="controlPlane">Where what it is asked for is.</param>
    /// <param name="serverTimeout">How long the control plane may be silent.</param>
    public static Task<HaProxy> StartAsync(Uri controlPlane, TimeSpan serverTimeout)
    {
        HaProxy proxy = new();
        return StartedAsync(proxy, proxy.ListenAsync(controlPlane, serverTimeout));
    }

    /// <summary>Waits for the end of a request, as the log has it: path, status, and why it ended (<c>s</c>: the control plane's timeout;
    /// <c>H</c> before its headers, <c>D</c> behind them).</summary>
    public async Task UntilAsync(string request)
    {
        List<string> ended = [];
        try
        {
            do
            {
                ended.Add(await Process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new EndOfStreamException(
                    "The proxy has ended."));
            }
            while (ended[^1] != request);
        }
        catch (Exception exception) when (exception is TimeoutException or EndOfStreamException)
        {
            throw new InvalidOperationException($"No '{request}' among: {string.Join(", ", ended)}", exception);
        }
    }

    private async Task ListenAsync(Uri controlPlane, TimeSpan serverTimeout)
    {
        string configuration = Write(
            "haproxy.cfg",
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                global
                    log stdout format raw local0
                defaults
                    mode http
                    log global
                    log-format "%HP %ST %ts"
                    timeout connect 5s
                    timeout client 1m
                    timeout server {serverTimeout.TotalMilliseconds}ms
                listen control
                    bind 127.0.0.1:{Port}
                    server control {controlPlane.Authority}

                """));

        // It tells this address, as it would tell systemd, once its ports are listened on.
        using Socket ready = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        ready.Bind(new UnixDomainSocketEndPoint(InFolder("ready")));
        Start(new Dictionary<string, string> { ["NOTIFY_SOCKET"] = InFolder("ready") }, "-Ws", "-f", configuration);
        Task told = UntilReadyAsync(ready);
        if (await Task.WhenAny(told, Process.WaitForExitAsync()).WaitAsync(Patience) != told)
        {
            throw new InvalidOperationException(await Process.StandardError.ReadToEndAsync());
        }

        _ = Process.StandardError.ReadToEndAsync();
    }

    private static async Task UntilReadyAsync(Socket socket)
    {
        byte[] message = new byte[1024];
        while (!Encoding.UTF8.GetString(message, 0, await socket.ReceiveAsync(message)).StartsWith("READY=1", StringComparison.Ordinal))
        {
        }
    }
}
