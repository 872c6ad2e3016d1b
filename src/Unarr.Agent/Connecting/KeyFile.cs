using System.Text;
using Microsoft.Extensions.Logging;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;

namespace Unarr.Agent.Connecting;

/// <summary>The file with the API key, read each time the key is asked for: a rotated key needs no restart.</summary>
internal sealed class KeyFile
{
    private const int MaxBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly ILogger _logger;
    private string _last;
    private bool _isUsable = true;
    private bool _isOnce;

    /// <exception cref="UsageException">The file cannot be read, or holds no key.</exception>
    public KeyFile(string path, ILogger logger)
    {
        _path = path;
        _logger = logger;
        try
        {
            _last = TryRead(out string key)
                ? key
                : throw new UsageException($"The API key file '{path}' holds no key: it must be {ApiKey.Expected}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.File("API key", path, exception);
        }
    }

    /// <summary>The key. While the file cannot be read (it may be being replaced) the last one that could be stays in use.</summary>
    public string Read()
    {
        lock (_gate)
        {
            if (_isOnce)
            {
                return _last;
            }

            bool wasUsable = _isUsable;
            string reason = $"it must be {ApiKey.Expected}";
            try
            {
                _isUsable = TryRead(out string key);
                _last = _isUsable ? key : _last;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _isUsable = false;
                reason = Unreadable.Reason(_path, exception);
            }

            if (wasUsable && !_isUsable)
            {
                AgentLog.KeyFileUnusable(_logger, _path, reason);
            }

            return _last;
        }
    }

    private bool TryRead(out string key)
    {
        using FileStream file = new(_path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });

        // A pipe, as of <(...), gives its bytes once: opening it again would wait for ever.
        _isOnce = !file.CanSeek;
        Span<byte> bytes = stackalloc byte[MaxBytes];
        int read = file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false);
        return ApiKey.TryParse(Encoding.UTF8.GetString(bytes[..read]), out key);
    }
}
