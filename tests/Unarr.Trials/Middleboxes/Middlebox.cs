using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A program between agent and control plane: with a folder, a configuration and a port of its own, gone with the test.</summary>
internal abstract class Middlebox : IAsyncDisposable
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-middlebox-").FullName;
    private readonly List<LoopbackPort> _ports = [];
    private Process? _process;

    protected Middlebox(string program)
    {
        _program = Needs.PathOf(program);
    }

    protected Process Process => _process!;

    protected int NewPort()
    {
        LoopbackPort port = new();
        _ports.Add(port);
        return port.Number;
    }

    protected string InFolder(string name) => Path.Combine(_folder, name);

    protected string Write(string name, string text)
    {
        File.WriteAllText(InFolder(name), text);
        return InFolder(name);
    }

    protected void Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(_program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>Ends it, and all that it started, so that what it wrote is complete.</summary>
    public async Task EndAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
    }

    /// <summary>Hands out what has started, and leaves nothing of what has not.</summary>
    protected static async Task<T> StartedAsync<T>(T middlebox, Task starting)
        where T : Middlebox
    {
        try
        {
            await starting;
            return middlebox;
        }
        catch
        {
            await middlebox.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process?.Dispose();
        _ports.ForEach(port => port.Dispose());
        Directory.Delete(_folder, recursive: true);
    }
}
