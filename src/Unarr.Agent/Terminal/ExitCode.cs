namespace Unarr.Agent.Terminal;

/// <summary>The exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The input was refused or broke off, the output could not be written, or the system has no more open files, memory or
    /// disk.</summary>
    public const int Failure = 1;

    /// <summary>A wrong argument, a missing file, an unusable configuration.</summary>
    public const int Usage = 2;
}
