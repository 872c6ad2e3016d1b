namespace Unarr.Agent.Terminal;

/// <summary>The system has no more of something (open files, memory, disk) just now: one line for people, exit code 1. A later start may
/// succeed.</summary>
internal sealed class ExhaustedException(string message, Exception innerException) : Exception(message, innerException)
{
    // errno ENOMEM, ENFILE, EMFILE and ENOSPC are the same on Linux and macOS; EIO too. EDQUOT is not.
    private static readonly int[] Errors = [5, 12, 23, 24, 28, OperatingSystem.IsLinux() ? 122 : 69];

    /// <summary>Whether that is why a file could not be opened, read or written.</summary>
    public static bool IsCauseOf(Exception exception) =>
        !OperatingSystem.IsWindows() && exception is IOException && Array.IndexOf(Errors, exception.HResult) >= 0;
}
