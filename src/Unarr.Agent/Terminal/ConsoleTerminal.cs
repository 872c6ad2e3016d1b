using System.Runtime.InteropServices;

namespace Unarr.Agent.Terminal;

/// <summary>The process's own terminal.</summary>
/// <remarks>
/// On Linux the system is asked for the size. The console would be initialized by the question, and would from then on write to the
/// terminal whenever a child process ends: one that is stopped would hold up every control program.
/// </remarks>
internal sealed partial class ConsoleTerminal : ITerminal
{
    // What terminals have had since they were furniture, for those that do not tell.
    private const int UsualWidth = 80;
    private const int UsualHeight = 24;

    // asm-generic/ioctls.h: TIOCGWINSZ.
    private const nuint GetWindowSize = 0x5413;

    public int Width => Size is { Columns: > 0 and var columns } ? columns : UsualWidth;

    public int Height => Size is { Rows: > 0 and var rows } ? rows : UsualHeight;

    private static (int Columns, int Rows) Size
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return (Console.WindowWidth, Console.WindowHeight);
            }

            return Control(UnixOutput.StandardOutput, GetWindowSize, out WindowSize size) == 0 ? (size.Columns, size.Rows) : default;
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, nuint request, out WindowSize size);

    /// <summary>The system's <c>struct winsize</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelWidth;
        public ushort PixelHeight;
    }
}
