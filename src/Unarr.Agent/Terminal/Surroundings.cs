namespace Unarr.Agent.Terminal;

/// <summary>What a command has around it: the standard streams and the environment,
/// so that it can run inside a test as in a process.</summary>
internal sealed record Surroundings
{
    /// <summary>Opens standard input.</summary>
    public required Func<Stream> Input { get; init; }

    /// <summary>Where results go.</summary>
    public required Stream Output { get; init; }

    /// <summary>Where errors and logs go. Thread-safe.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The terminal that the output is; <see langword="null"/> when it is none.</summary>
    public ITerminal? Terminal { get; init; }

    /// <summary>Whether errors and logs go to that terminal too.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>An environment variable's value.</summary>
    public required Func<string, string?> Environment { get; init; }
}
