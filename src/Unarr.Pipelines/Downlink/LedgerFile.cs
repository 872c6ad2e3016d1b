using System.Text.Json;
using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>The ledger's file: a JSON line for each settled control, appended and flushed to the disk, rewritten when it has grown.</summary>
internal sealed class LedgerFile(string path)
{
    private int _lines;
    private bool _rewritten;

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

    /// <summary>Appends a control; when the file holds twice as many lines as are remembered, it is rewritten with those.</summary>
    public void Append(SettledControl control, int remembered, Func<IEnumerable<SettledControl>> all)
    {
        if (!_rewritten || _lines >= 2 * Math.Max(remembered, ControlLedger.Remembered))
        {
            Rewrite(all());
            return;
        }

        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write);
        Write(stream, control);
        stream.Flush(flushToDisk: true);
    }

    private SettledControl? Parse(string line, ILogger logger)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ProtocolJsonContext.Default.SettledControl);
        }
        catch (JsonException exception)
        {
            DownlinkLog.LedgerLineDropped(logger, path, _lines, exception.Message);
            return null;
        }
    }

    /// <summary>Writes a new file beside the old one and puts it in its place: at no time is there half a file.</summary>
    private void Rewrite(IEnumerable<SettledControl> all)
    {
        string beside = path + ".new";
        using (FileStream written = File.Create(beside))
        {
            _lines = 0;
            foreach (SettledControl control in all)
            {
                Write(written, control);
            }

            written.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
        _rewritten = true;
    }

    private void Write(FileStream stream, SettledControl control)
    {
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(control, ProtocolJsonContext.Default.SettledControl));
        stream.WriteByte((byte)'\n');
        _lines++;
    }
}
