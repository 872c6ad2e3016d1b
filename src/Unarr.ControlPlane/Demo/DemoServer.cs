using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Unarr.ControlPlane.Demo;

/// <summary>A nats-server of the demo's own, on a loopback port and in a folder that goes with it.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private const string Program = "nats-server";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-demo-");
    private readonly Process _process;

    private DemoServer(string program, int port)
    {
        Url = $"nats://127.0.0.1:{port}";
        _process = Process.Start(new ProcessStartInfo(
            program, ["-js", "-a", "127.0.0.1", "-p", $"{port}", "-sd", _folder.FullName, "-l", Path.Combine(_folder.FullName, "log")]))!;
    }

    public string Url { get; }

    /// <summary>A folder that is removed with the server.</summary>
    public string Folder => _folder.FullName;

    /// <returns>The server; <see langword="null"/> where the program is not installed.</returns>
    public static DemoServer? Start()
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/local/bin", "/usr/sbin"];
        string? program = folders.Select(static folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);
        if (program is null)
        {
            return null;
        }

        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        return new DemoServer(program, port);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
