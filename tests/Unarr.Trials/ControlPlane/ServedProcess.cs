using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>A real <c>unarr-controlplane serve</c> in a shell's limits, whose log is read or left unread.</summary>
internal sealed class ServedProcess : IAsyncDisposable
{
    private const string Listening = "Listening on ";

    private readonly Channel<string> _log = Channel.CreateUnbounded<string>();
    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private ServedProcess(Process process, DirectoryInfo folder)
    {
        _process = process;
        _folder = folder;
    }

    public Uri Address { get; private set; } = null!;

    public string Keys => Path.Combine(_folder.FullName, "keys.json");

    /// <summary>The lines of the log, once <see cref="ReadLog"/> was called.</summary>
    public ChannelReader<string> Log => _log.Reader;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public static Task<ServedProcess> StartAsync(CancellationToken deadline, int? openFiles = null, params string[] options) =>
        StartAsync(new Dictionary<string, string>(), deadline, openFiles, options);

    public static async Task<ServedProcess> StartAsync(
        IReadOnlyDictionary<string, string> environment, CancellationToken deadline, int? openFiles = null, params string[] options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-serve-");
        string keys = Path.Combine(folder.FullName, "keys.json");
        await File.WriteAllTextAsync(keys, """{"operator":"operator-key","agents":{"a1":"key-1","a2":"key-2"}}""", deadline);
        string limit = openFiles is { } files ? string.Create(CultureInfo.InvariantCulture, $"ulimit -n {files}; ") : "";
        string[] urls = options.Contains("--urls") ? [] : ["--urls", "http://127.0.0.1:0"];
        ProcessStartInfo start = new("/bin/sh", [
            "-c", $"{limit}exec \"$0\" \"$@\"", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll"),
            "serve", "--keys", keys, "--store", "memory", .. urls, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcServer"] = "0" },
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        ServedProcess served = new(Process.Start(start)!, folder);
        string? line = await served._process.StandardOutput.ReadLineAsync(deadline);
        Assert.StartsWith(Listening, line, StringComparison.Ordinal);
        served.Address = new Uri(line![Listening.Length..]);
        return served;
    }

    /// <summary>From now on the log is read.</summary>
    public void ReadLog()
    {
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                _log.Writer.TryWrite(text);
            }
            else
            {
                _log.Writer.TryComplete();
            }
        };
        _process.BeginErrorReadLine();
    }

    /// <summary>Reads the log up to a line that holds a text.</summary>
    public async Task<string> WaitForLineAsync(string text, CancellationToken deadline)
    {
        await foreach (string line in _log.Reader.ReadAllAsync(deadline))
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The log ended without '{text}'.");
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public Task WaitForExitAsync(CancellationToken deadline) => _process.WaitForExitAsync(deadline);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
