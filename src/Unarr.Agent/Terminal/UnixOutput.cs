using System.Runtime.InteropServices;

namespace Unarr.Agent.Terminal;

/// <summary>
/// A standard stream as the system has it. The console's own streams take a broken pipe for success, and all of them wait for one lock: one
/// that nobody reads would stop the others. A file stream would keep a position of its own, which a file shares with the shell's other
/// commands.
/// </summary>
internal sealed partial class UnixOutput(int descriptor) : Stream
{
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    private const int Interrupted = 4;

    // A pipe that another process has made non-blocking says "try again" where it would wait (errno EAGAIN: Linux, macOS).
    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(10);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = Write(descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == TryAgain)
            {
                Thread.Sleep(BetweenTries);
            }
            else if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint count);
}
