using Microsoft.Win32.SafeHandles;

namespace Unarr.Agent;

/// <summary>Standard output as a stream that tells when nobody reads it any more.</summary>
internal static class StandardOutput
{
    // errno EPIPE (Linux, macOS); ERROR_BROKEN_PIPE and ERROR_NO_DATA (Windows).
    private const int BrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            // The console's own stream takes a broken pipe for success, and a command before `| head` would read on for ever.
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!pipe.CanSeek)
            {
                return pipe;
            }

            // A file's position is shared with the shell's other commands, and FileStream would keep one of its own.
        }

        return Console.OpenStandardOutput();
    }

    /// <summary>Whether a write failed because the reader has gone: no error of ours.</summary>
    public static bool IsClosed(IOException exception) => exception.HResult is WindowsBrokenPipe or WindowsNoData
        || (!OperatingSystem.IsWindows() && exception.HResult == BrokenPipe);
}
