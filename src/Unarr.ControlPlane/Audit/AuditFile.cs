using System.Globalization;
using System.Text.Json;

namespace Unarr.ControlPlane.Audit;

/// <summary>The audit log's files: lines of JSON, the newest in <c>FILE</c>, older ones in <c>FILE.1</c>, <c>FILE.2</c> and so
/// on.</summary>
/// <remarks>
/// A line is handed to the system before <see cref="Write"/> returns: the end of the process loses none. A file that has no room for the
/// next line is renamed, and the oldest is deleted. A file that another program has moved, deleted or cut is begun again. While it is open,
/// <c>FILE.lock</c> keeps a second control plane out. Not thread-safe.
/// </remarks>
internal sealed class AuditFile : IDisposable
{
    /// <summary>The smallest bound of a file: it holds any line.</summary>
    public const int MinBytes = 64 * 1024;

    private const int TailBytes = 8 * 1024 * 1024;

    private readonly string _path;
    private readonly long _maxBytes;
    private readonly int _maxOld;
    private readonly FileStream _lock;
    private FileStream? _file;
    private long _length;

    /// <param name="path">The file; its folder exists.</param>
    /// <param name="maxBytes">How many bytes each file has at most.</param>
    /// <param name="maxOld">How many older files are kept.</param>
    /// <exception cref="IOException">The file cannot be opened, or another process writes to it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public AuditFile(string path, long maxBytes, int maxOld)
    {
        _path = Path.GetFullPath(path);
        _maxBytes = Math.Max(maxBytes, MinBytes);
        _maxOld = maxOld;
        _lock = new FileStream(
            $"{_path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        try
        {
            _file = Open();
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Appends a line; it has no line end.</summary>
    /// <exception cref="IOException">The line is not in the file, or only in part.</exception>
    /// <exception cref="UnauthorizedAccessException">The line is not in the file.</exception>
    public void Write(ReadOnlySpan<byte> line)
    {
        byte[] whole = [.. line, (byte)'\n'];
        if (_file is not null && !IsInPlace())
        {
            Close();
        }

        _file ??= Open();
        if (_length > 0 && _length + whole.Length > _maxBytes)
        {
            Close();
            Rotate();
            _file = Open();
        }

        try
        {
            _file.Write(whole);
            _length += whole.Length;
        }
        catch
        {
            // What was written in part is ended by the next opening.
            Close();
            throw;
        }
    }

    /// <summary>Reads the last entries, oldest first. Lines that do not parse are left out.</summary>
    public IReadOnlyList<AuditEntry> ReadLast(int count)
    {
        List<AuditEntry> entries = [];
        for (int i = 0; i <= _maxOld && entries.Count < count; i++)
        {
            entries.InsertRange(0, ReadTail(PathOf(i), count - entries.Count));
        }

        return entries;
    }

    public void Dispose()
    {
        Close();
        _lock.Dispose();
    }

    private static List<AuditEntry> ReadTail(string path, int count)
    {
        List<AuditEntry> entries = [];
        if (!File.Exists(path))
        {
            return entries;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-Math.Min(file.Length, TailBytes), SeekOrigin.End);
        using StreamReader lines = new(file);
        while (lines.ReadLine() is { } line)
        {
            if (Parse(line) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries.Count <= count ? entries : entries[^count..];
    }

    private static AuditEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJsonContext.Default.AuditEntry);
        }
        catch (JsonException)
        {
            // A line that a full disk or the end of a process has cut.
            return null;
        }
    }

    /// <summary>Whether the name still leads to what is open.</summary>
    private bool IsInPlace() => new FileInfo(_path) is { Exists: true } file && file.Length == _length;

    private FileStream Open()
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream file = new(_path, options);
        try
        {
            _length = file.Length;
            if (_length > 0)
            {
                file.Seek(-1, SeekOrigin.End);
                if (file.ReadByte() != '\n')
                {
                    file.WriteByte((byte)'\n');
                    _length++;
                }
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Rotate()
    {
        if (_maxOld == 0)
        {
            File.Delete(_path);
            return;
        }

        for (int i = _maxOld - 1; i >= 0; i--)
        {
            if (File.Exists(PathOf(i)))
            {
                File.Move(PathOf(i), PathOf(i + 1), overwrite: true);
            }
        }
    }

    private string PathOf(int age) => age == 0 ? _path : string.Create(CultureInfo.InvariantCulture, $"{_path}.{age}");
}
