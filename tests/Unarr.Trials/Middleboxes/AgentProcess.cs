using System.Diagnostics;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A real <c>unarr-agent run</c>, as an operator runs it, and the lines it has written.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    // The program's own output folder: beside the tests it would lack what their framework brings.
    private static readonly string Program =
        Path.Combine(
            AppContext.BaseDirectory.Replace("tests/Unarr.Trials", "src/Unarr.Agent", StringComparison.Ordinal), "unarr-agent");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<JsonElement> _lines = [];
    private readonly List<string> _tasks = [];

    private AgentProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Which tasks it was told of so far, in order.</summary>
    public IReadOnlyList<string> Tasks => _tasks;

    public static AgentProcess Start(string key, IEnumerable<Uri> servers, params string[] options)
    {
        string[] arguments =
            ["run", "--agent-id", "a1", .. servers.SelectMany(server => new[] { "--server", server.AbsoluteUri }), .. options];
        ProcessStartInfo start = new(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["UNARR_API_KEY"] = key, ["DOTNET_TieredPGO"] = "0" },
        };
        return new AgentProcess(Process.Start(start)!);
    }

    public IEnumerable<JsonElement> Of(string kind) => _lines.Where(line => line.GetProperty("kind").GetString() == kind);

    /// <summary>The next route that is as told.</summary>
    public Task<JsonElement> UntilRouteAsync(string route, string state) => UntilAsync(
        line => line.GetProperty("kind").GetString() == "route"
            && line.GetProperty("route").GetString() == route && line.GetProperty("state").GetString() == state);

    /// <summary>The next sync.</summary>
    public Task<JsonElement> UntilSyncAsync() => UntilAsync(line => line.GetProperty("kind").GetString() == "sync");

    /// <summary>Reads on until a condition holds of all lines so far.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await ReadAsync();
        }
    }

    /// <summary>Ends it as a service's stop does, and reads what is left.</summary>
    public async Task EndAsync()
    {
        using (Process kill = Process.Start("/bin/kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync().WaitAsync(Patience);
        }

        await EndedAsync();
    }

    /// <summary>Reads on until it has ended by itself, and well.</summary>
    public async Task EndedAsync()
    {
        while (await NextAsync() is not null)
        {
        }

        await _process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, _process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<JsonElement> UntilAsync(Func<JsonElement, bool> condition)
    {
        while (true)
        {
            JsonElement line = await ReadAsync();
            if (condition(line))
            {
                return line;
            }
        }
    }

    private async Task<JsonElement> ReadAsync() => await NextAsync()
        ?? throw new InvalidOperationException($"The agent has ended. It said: {string.Join('\n', _lines)} {await _error}");

    private async Task<JsonElement?> NextAsync()
    {
        try
        {
            if (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is not { } text)
            {
                return null;
            }

            JsonElement line = JsonDocument.Parse(text).RootElement;
            _lines.Add(line);
            if (line.GetProperty("kind").GetString() == "control" && line.TryGetProperty("taskId", out JsonElement task))
            {
                _tasks.Add(task.GetString()!);
            }

            return line;
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The agent says nothing more. It said: {string.Join('\n', _lines)}", exception);
        }
    }
}
