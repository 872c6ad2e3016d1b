using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Unarr.ControlPlane.Demo;

/// <summary>One node of the demo's fleet: this program as a process of its own.</summary>
internal sealed class DemoNode : IAsyncDisposable
{
    private const string Listening = "Listening on ";

    private readonly Process _process;

    private DemoNode(string name, Process process, Uri address)
    {
        Name = name;
        _process = process;
        Address = address;
    }

    public string Name { get; }

    public Uri Address { get; }

    /// <exception cref="DemoFailedException">It has not started.</exception>
    public static async Task<DemoNode> StartAsync(string name, string keys, string store, CancellationToken cancellationToken)
    {
        string self = Environment.GetCommandLineArgs()[0];
        string[] own = self.EndsWith(".dll", StringComparison.Ordinal) ? ["exec", self] : [];
        Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [
            .. own, "serve", "--keys", keys, "--store", store, "--create", "--node", name, "--urls", "http://127.0.0.1:0",
            "--heartbeat", "1s", "--log-level", "None"])
        { RedirectStandardOutput = true })!;
        string? line = await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        return line?.StartsWith(Listening, StringComparison.Ordinal) == true
            ? new DemoNode(name, process, new Uri(line[Listening.Length..]))
            : throw new DemoFailedException($"{name} has not started.");
    }

    /// <summary>Ends it without a chance to say so.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Asks it as the operator.</summary>
    /// <exception cref="DemoFailedException">It does not answer as it should.</exception>
    public async Task<string> AskAsync(
        HttpClient client, string key, HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, new Uri(Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        string text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode ? text : throw new DemoFailedException($"{Name} answered {(int)response.StatusCode}: {text}");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
