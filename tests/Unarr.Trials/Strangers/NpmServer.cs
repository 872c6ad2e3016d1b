using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>A server that others wrote, on a loopback port.</summary>
internal sealed class NpmServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private NpmServer(Process process) => _process = process;

    public Uri Address { get; private set; } = null!;

    public static async Task<NpmServer> StartAsync(string name)
    {
        NpmServer server = new(Npm.Start("serve.mjs", name));
        try
        {
            string? port = await server._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            server.Address = new Uri($"http://127.0.0.1:{port ?? throw new InvalidOperationException($"{name} did not start.")}");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
