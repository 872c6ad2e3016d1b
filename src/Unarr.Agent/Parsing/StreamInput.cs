using Unarr.Agent.Connecting;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;

namespace Unarr.Agent.Parsing;

/// <summary>Opens what is to be read.</summary>
internal static class StreamInput
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <exception cref="UsageException">The file cannot be opened.</exception>
    public static async Task<Stream> OpenAsync(string name, Surroundings surroundings, CancellationToken cancellationToken)
    {
        if (name == StandardInput)
        {
            return surroundings.Input();
        }

        try
        {
            // Opening a named pipe waits for its writer: the wait can be given up.
            return await Task.Run(() => Open(name), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"Cannot open '{name}': {Unreadable.Reason(name, exception)}", exception);
        }
    }

    private static FileStream Open(string name) =>
        new(
            name,
            new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.SequentialScan });
}
