extern alias UnarrAgent;

using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using UnarrAgent::Unarr.Agent;
using UnarrAgent::Unarr.Agent.Terminal;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>A command line under way inside the test's process.</summary>
internal sealed class AgentCommand : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _end = new();
    private readonly StringWriter _error = new();
    private readonly StreamReader _output;

    private AgentCommand(string[] args, Stream input, IReadOnlyDictionary<string, string>? environment)
    {
        // Unbounded, so that a command never waits for its test.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        _output = new StreamReader(pipe.Reader.AsStream());
        var surroundings = new Surroundings
        {
            Input = () => input,
            Output = pipe.Writer.AsStream(leaveOpen: true),
            Error = TextWriter.Synchronized(_error),
            Environment = name => environment?.GetValueOrDefault(name),
        };
        Ended = Task.Run(async () =>
        {
            try
            {
                return await Cli.RunAsync(args, surroundings, _end.Token);
            }
            finally
            {
                await pipe.Writer.CompleteAsync();
            }
        });
    }

    public Task<int> Ended { get; }

    public string Error => _error.ToString();

    public static AgentCommand Start(string[] args, Stream? input = null, IReadOnlyDictionary<string, string>? environment = null) =>
        new(args, input ?? Stream.Null, environment);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args, byte[]? input = null)
    {
        await using AgentCommand command = Start(args, new MemoryStream(input ?? []));
        int exitCode = await command.Ended.WaitAsync(Patience);
        return (exitCode, await command._output.ReadToEndAsync(), command.Error);
    }

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args, string input) =>
        RunAsync(args, Encoding.UTF8.GetBytes(input));

    /// <summary>The next line of the output; <see langword="null"/> at its end.</summary>
    public Task<string?> ReadLineAsync() => _output.ReadLineAsync().WaitAsync(Patience);

    /// <summary>The next line of a kind, parsed; lines of other kinds before it are passed over.</summary>
    public async Task<JsonElement> ReadAsync(string kind, Func<JsonElement, bool>? condition = null)
    {
        while (await ReadLineAsync() is { } line)
        {
            JsonElement element = JsonDocument.Parse(line).RootElement;
            if (element.GetProperty("kind").GetString() == kind && condition?.Invoke(element) != false)
            {
                return element;
            }
        }

        throw new InvalidOperationException($"The output ended without the line of kind '{kind}'. Standard error: {Error}");
    }

    /// <summary>Ends the command as Ctrl-C does.</summary>
    public async Task<int> EndAsync()
    {
        await _end.CancelAsync();
        return await Ended.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _end.Dispose();
        _output.Dispose();
        _error.Dispose();
    }
}
