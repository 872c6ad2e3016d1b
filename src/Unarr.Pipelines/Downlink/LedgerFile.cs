using System.Text.Json;
using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>The ledger's file: a JSON line for each settled control, appended and flushed to the disk, rewritten when it has grown.</summary>
internal sealed class LedgerFile(string path)
{
    // What is written before it is put in the file's place.
    private readonly string _beside = path + ".new";

    private int _lines;

    // Whether the file holds whole lines and nothing else: what a power cut, a full disk or an older version left is written anew.
    private bool _isWhole;

    /// <summary>What the file holds; a line that does not parse (the last one after a power cut) is logged and left out.</summary>
    public IEnumerable<SettledControl> Read(ILogger logger)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        foreach (string line in File.ReadLines(path))
        {
            _lines++;
            if (Parse(line, logger) is { } control)
            {
                yield return control;
            }
        }
    }

    /// <summary>Tells at the start what every later write would. What is no regular file is refused: a pipe or device has no end, and
    /// would be replaced.</summary>
    /// <exception cref="IOException">It is no regular file, or none can be made beside it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, or none may be made beside it.</exception>
    public void ThrowIfNotWritable()
    {
        if (File.Exists(path) && !IsRegular())
        {
            throw new IOException("it is no regular file.");
        }

        File.Create(_beside).Dispose();
        File.Delete(_beside);
    }

    /// <summary>Appends a control; when the file holds twice as many lines as are remembered, it is rewritten with those.</summary>
    public void Append(SettledControl control, int remembered, Func<IEnumerable<SettledControl>> all)
    {
        bool isWhole = _isWhole;
        _isWhole = false;
        if (!isWhole || _lines >= 2 * Math.Max(remembered, ControlLedger.Remembered))
        {
            Rewrite(all());
        }
        else
        {
            using var stream = new FileStream(path, FileMode.Append, FileAccess.Write);
            Write(stream, control);
            stream.Flush(flushToDisk: true);
        }

        _isWhole = true;
    }

    private bool IsRegular()
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

    private SettledControl? Parse(string line, ILogger logger)
    {
        try
        {
            // A constructor's parameter that is missing, or null, is null whatever its type says.
            return JsonSerializer.Deserialize(line, ProtocolJsonContext.Default.SettledControl) is { Id.Length: <= ControlAction.MaxStringBytes } control
                ? control
                : throw new PayloadException("There is no id that a control could have.");
        }
        catch (JsonException exception)
        {
            DownlinkLog.LedgerLineDropped(logger, path, _lines, PayloadException.Describe(exception));
            return null;
        }
    }

    /// <summary>Writes a new file beside the old one and puts it in its place: at no time is there half a file.</summary>
    private void Rewrite(IEnumerable<SettledControl> all)
    {
        using (FileStream written = File.Create(_beside))
        {
            _lines = 0;
            foreach (SettledControl control in all)
            {
                Write(written, control);
            }

            written.Flush(flushToDisk: true);
        }

        File.Move(_beside, path, overwrite: true);
    }

    private void Write(FileStream stream, SettledControl control)
    {
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(control, ProtocolJsonContext.Default.SettledControl));
        stream.WriteByte((byte)'\n');
        _lines++;
    }
}
