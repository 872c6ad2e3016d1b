namespace Unarr.Agent.Terminal;

/// <summary>The process's standard output and standard error as streams that report when nobody reads them any more.</summary>
internal static class StandardOutput
{
    // errno EPIPE (Linux, macOS); ERROR_BROKEN_PIPE and ERROR_NO_DATA (Windows).
    private const int BrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new UnixOutput(UnixOutput.StandardOutput);

    public static Stream OpenError() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardError() : new UnixOutput(UnixOutput.StandardError);

    /// <summary>Whether a write failed because the reader has gone: no error of ours.</summary>
    public static bool IsClosed(IOException exception) => exception.HResult is WindowsBrokenPipe or WindowsNoData
        || (!OperatingSystem.IsWindows() && exception.HResult == BrokenPipe);
}
