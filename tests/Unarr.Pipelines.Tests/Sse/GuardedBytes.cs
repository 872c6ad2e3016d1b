using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Bytes between two pages that may not be touched, directly before the second or after the first one: code that reads or writes
/// one byte beyond them ends the process (Linux).</summary>
internal sealed class GuardedBytes : MemoryManager<byte>
{
    private const int NoAccess = 0;
    private const int ReadAndWrite = 3;
    private const int PrivateAndAnonymous = 0x22;

    private static readonly int Page = Environment.SystemPageSize;

    private readonly nint _mapped;
    private readonly int _mappedBytes;
    private readonly nint _start;
    private readonly int _length;

    /// <param name="length">How many bytes there are.</param>
    /// <param name="atEnd">Whether the page that may not be touched is the one behind them; otherwise it is the one before them.</param>
    public GuardedBytes(int length, bool atEnd)
    {
        int usable = (length + Page - 1) / Page * Page;
        _length = length;
        _mappedBytes = usable + (2 * Page);
        _mapped = Map(0, _mappedBytes, NoAccess, PrivateAndAnonymous, -1, 0);
        if (_mapped == -1 || (usable > 0 && Protect(_mapped + Page, usable, ReadAndWrite) != 0))
        {
            throw new InvalidOperationException($"No memory could be mapped: error {Marshal.GetLastPInvokeError()}.");
        }

        _start = _mapped + Page + (atEnd ? usable - length : 0);
    }

    public GuardedBytes(ReadOnlySpan<byte> bytes, bool atEnd)
        : this(bytes.Length, atEnd) => bytes.CopyTo(GetSpan());

    public static bool IsSupported => OperatingSystem.IsLinux();

    public override Span<byte> GetSpan() => MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), _start), _length);

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => _ = Unmap(_mapped, _mappedBytes);

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Protect(nint address, nint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmap(nint address, nint length);
}
