using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.CommandLine;

namespace Unarr.Agent.Connecting;

/// <summary>Tells in one line why a file that was named cannot be used.</summary>
internal static class Unreadable
{
    /// <summary>A <see cref="UsageException"/>, or an <see cref="ExhaustedException"/> where the file itself is not the reason.</summary>
    public static Exception File(string what, string path, Exception exception) =>
        For($"Cannot read the {what} file '{path}': {Reason(path, exception)}", exception);

    /// <inheritdoc cref="File"/>
    public static Exception For(string message, Exception exception) => ExhaustedException.IsCauseOf(exception)
        ? new ExhaustedException(message, exception)
        : new UsageException(message, exception);

    public static string Reason(string path, Exception exception) => FileProblem.Reason(path, exception);
}
