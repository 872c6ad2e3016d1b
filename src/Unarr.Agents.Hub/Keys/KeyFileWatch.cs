using System.Security.Cryptography;
using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Keys;

/// <summary>Reads a key file again when its content has changed, and when it is asked to.</summary>
/// <remarks>
/// The content is compared, not the file's time or size: a symbolic link that is turned, a file renamed into place and a mounted secret are
/// seen alike. A change counts once two looks in a row have found it, so that a file is not read while it is being written.
/// A file that cannot be used is one line in the log, and the keys in use stay.
/// </remarks>
internal sealed class KeyFileWatch : IDisposable
{
    /// <summary>How often the file is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Action<ApiKeys> _use;
    private readonly ILogger _logger;
    private readonly ITimer? _timer;
    private string _settled;
    private string _seen;

    /// <param name="path">The file.</param>
    /// <param name="content">Its content that is in use.</param>
    /// <param name="use">Puts keys into use.</param>
    /// <param name="logger">Where the log goes.</param>
    /// <param name="time">The clock.</param>
    public KeyFileWatch(string path, byte[] content, Action<ApiKeys> use, ILogger logger, TimeProvider time)
    {
        _path = path;
        _use = use;
        _logger = logger;
        _settled = _seen = Digest(content);

        // A pipe yields its content once: only a file can be looked at again.
        bool isFile = File.Exists(path) && !File.GetAttributes(path).HasFlag(FileAttributes.Device) && IsSeekable(path);
        _timer = isFile ? time.CreateTimer(static state => ((KeyFileWatch)state!).Look(), this, Interval, Interval) : null;
    }

    /// <summary>Reads the file now, changed or not.</summary>
    public void ReadAgain()
    {
        lock (_gate)
        {
            Take(Read());
        }
    }

    public void Dispose() => _timer?.Dispose();

    private static bool IsSeekable(string path)
    {
        using FileStream file = File.OpenRead(path);
        return file.CanSeek;
    }

    private static string Digest(byte[] content) => Convert.ToHexString(SHA256.HashData(content));

    private void Look()
    {
        // A look that takes longer than the interval is not joined by the next one.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            string mark = Mark();
            bool isStable = mark == _seen;
            _seen = mark;
            if (isStable && mark != _settled)
            {
                FileContent found = Read();
                _seen = found.Mark;
                if (found.Mark == mark)
                {
                    Take(found);
                }
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>What the file has, without its bytes: they are large where there are many agents, and a look is made each second.</summary>
    private string Mark()
    {
        try
        {
            using FileStream file = new(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Convert.ToHexString(SHA256.HashData(file));
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return exception.Message;
        }
    }

    private FileContent Read()
    {
        try
        {
            byte[] content = File.ReadAllBytes(_path);
            return new FileContent(Digest(content), content, null);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            return new FileContent(exception.Message, [], exception.Message);
        }
    }

    private static bool IsUnreadable(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private void Take(FileContent found)
    {
        _settled = _seen = found.Mark;
        if (found.Failure is { } failure)
        {
            HubLog.KeysUnusable(_logger, Printable.Text(_path), Printable.Text(failure.TrimEnd('.')));
            return;
        }

        ApiKeys keys;
        try
        {
            keys = KeyFile.Parse(found.Bytes);
        }
        catch (FormatException exception)
        {
            HubLog.KeysUnusable(_logger, Printable.Text(_path), Printable.Text(exception.Message.TrimEnd('.')));
            return;
        }

        _use(keys);
        HubLog.KeysRead(_logger, Printable.Text(_path), keys.AgentIds.Count);
    }

    /// <summary>What a look found: bytes, or why there are none; the mark tells one finding from another.</summary>
    private readonly record struct FileContent(string Mark, byte[] Bytes, string? Failure);
}
