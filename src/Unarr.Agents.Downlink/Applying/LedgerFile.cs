using System.Text.Json;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink.Applying;

/// <summary>The ledger's file: a JSON line for each settled control, appended and flushed to the disk,
/// rewritten when it has grown.</summary>
/// <remarks>One writer at a time. A second agent is kept out by a lock on a file next to it, which stays when the agent ends.</remarks>
internal sealed class LedgerFile : IDisposable
{
    /// <summary>No more than its end is read, whatever somebody has put there:
    /// more than twice what all remembered lines can take.</summary>
    private const long MaxReadBytes = 64 * 1024 * 1024;

    private const int MaxLineBytes = 16 * 1024;

    // What the runtime reports for a file that is locked: ERROR_SHARING_VIOLATION, EWOULDBLOCK.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;

    private readonly string _path;

    // What is written before it is put in the file's place.
    private readonly string _next;
    private readonly FileStream _lock;
    private readonly Lock _writing = new();

    private int _lines;
    private bool _isClosed;

    // Whether the file holds whole lines and nothing else: what a power cut, a full disk or an older version left is written again.
    private bool _isWhole;

    private LedgerFile(string path, string next, FileStream @lock)
    {
        _path = path;
        _next = next;
        _lock = @lock;
    }

    /// <summary>Locks the file and finds out at the start what every later write would. What is not a regular file is refused: a pipe or
    /// device has no end, and would be replaced.</summary>
    /// <exception cref="IOException">It is not a regular file, none can be made next to it, or another agent has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, or none may be made next to it.</exception>
    public static LedgerFile Open(string path)
    {
        if (File.Exists(path) && !IsRegular(path))
        {
            throw new IOException("it is not a regular file.");
        }

        FileStream @lock = Lock(path + ".lock");
        try
        {
            string next = path + ".new";
            File.Create(next).Dispose();
            File.Delete(next);
            return new LedgerFile(path, next, @lock);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>The last controls that the file holds. Lines that do not parse (the last one after a power cut) are left out and logged,
    /// all of them once.</summary>
    public IReadOnlyCollection<SettledControl> Read(int most, ILogger logger)
    {
        Queue<SettledControl> last = new();
        if (!File.Exists(_path))
        {
            return last;
        }

        (int First, int More, string Reason)? dropped = null;
        foreach (ReadOnlyMemory<byte> line in LedgerLines.Of(_path, MaxReadBytes, MaxLineBytes))
        {
            _lines++;
            if (TryParse(line.Span, out SettledControl? control, out string reason))
            {
                last.Enqueue(control);
            }
            else
            {
                dropped = dropped is { } before ? before with { More = before.More + 1 } : (_lines, 0, reason);
            }

            if (last.Count > most)
            {
                last.Dequeue();
            }
        }

        if (dropped is { } left)
        {
            DownlinkLog.LedgerLinesDropped(logger, _path, left.First, left.More, left.Reason);
        }

        return last;
    }

    /// <summary>Appends a control; when the file holds three times as many lines as are remembered, it is rewritten with those. What comes
    /// after the end is not written: the file may be another agent's by then.</summary>
    public void Append(SettledControl control, int remembered, Func<IEnumerable<SettledControl>> all)
    {
        lock (_writing)
        {
            if (!_isClosed)
            {
                Write(control, remembered, all);
            }
        }
    }

    /// <summary>Waits for what is being written, and lets other agents use the file.</summary>
    public void Dispose()
    {
        lock (_writing)
        {
            _isClosed = true;
            _lock.Dispose();
        }
    }

    private void Write(SettledControl control, int remembered, Func<IEnumerable<SettledControl>> all)
    {
        bool isWhole = _isWhole;
        _isWhole = false;
        if (!isWhole || _lines >= 3 * remembered)
        {
            Rewrite(all());
        }
        else
        {
            using var stream = new FileStream(_path, FileMode.Append, FileAccess.Write);
            Write(stream, control);
            stream.Flush(flushToDisk: true);
        }

        _isWhole = true;
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is SharingViolation or LinuxWouldBlock or MacWouldBlock)
        {
            throw new IOException("another agent uses it.", exception);
        }
    }

    private static bool IsRegular(string path)
    {
        // Opened for both, a named pipe does not wait for its other end.
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (!file.CanSeek || file.Length > 0)
        {
            return file.CanSeek;
        }

        try
        {
            // An empty file can be made as long as it is; a device, which is as long, cannot.
            file.SetLength(0);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out SettledControl control, out string reason)
    {
        control = null!;
        reason = "There is no id that a control could have.";
        if (!line.TrimStart(" \t\r"u8).StartsWith("{"u8))
        {
            // Without an exception: a file of random bytes has hundreds of thousands of lines.
            return false;
        }

        try
        {
            // A constructor's parameter that is missing, or null, is null whatever its type says.
            control = JsonSerializer.Deserialize(line, ProtocolJsonContext.Default.SettledControl)!;
            return control is { Id.Length: > 0 and <= Control.MaxStringBytes };
        }
        catch (JsonException exception)
        {
            reason = PayloadException.Describe(exception);
            return false;
        }
    }

    /// <summary>Writes a new file next to the old one and puts it in its place: at no time is there half a file.</summary>
    private void Rewrite(IEnumerable<SettledControl> all)
    {
        using (FileStream written = File.Create(_next))
        {
            _lines = 0;
            foreach (SettledControl control in all)
            {
                Write(written, control);
            }

            written.Flush(flushToDisk: true);
        }

        File.Move(_next, _path, overwrite: true);
        DirectoryFlush.Of(_path);
    }

    private void Write(FileStream stream, SettledControl control)
    {
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(control, ProtocolJsonContext.Default.SettledControl));
        stream.WriteByte((byte)'\n');
        _lines++;
    }
}
