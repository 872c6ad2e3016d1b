using System.Text;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Observing;

namespace Unarr.Agents.Downlink;

/// <summary>The file with the API key, read each time the key is asked for: a rotated key needs no restart. Thread-safe.</summary>
internal sealed class ApiKeyFile(string path, ILogger logger)
{
    private const int MaxBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private string? _last;
    private bool _isUsable = true;
    private bool _isOnce;

    /// <summary>What is wrong with a key that is in no file or in this one; never quotes it.</summary>
    public static string Unfit => $"it must be {ApiKey.Expected}";

    /// <summary>What is wrong with a key file; <see langword="null"/> when nothing is.</summary>
    public static string? Problem(string path, ILogger logger)
    {
        try
        {
            return new ApiKeyFile(path, logger).TryRead(out _) ? null : Unfit;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return FileProblem.Reason(path, exception);
        }
    }

    /// <summary>Reads the file for the first time.</summary>
    /// <returns>Whether it holds a key.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public bool TryRead(out string key)
    {
        using FileStream file = Open(FileOptions.None);
        Span<byte> bytes = stackalloc byte[MaxBytes];
        int read = file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false);
        bool isKey = ApiKey.TryParse(Encoding.UTF8.GetString(bytes[..read]), out key);
        lock (_gate)
        {
            _last = isKey ? key : _last;
            _isOnce |= !file.CanSeek;
        }

        return isKey;
    }

    /// <summary>The key. While the file cannot be used (it may be being replaced) the last one that could be stays in use.</summary>
    /// <exception cref="IOException">The file cannot be used and never could.</exception>
    public async ValueTask<string> ReadAsync(CancellationToken cancellationToken)
    {
        // A pipe, as of <(...), gives its bytes once: opening it again would wait for ever.
        if (Volatile.Read(ref _isOnce) && Volatile.Read(ref _last) is { } only)
        {
            return only;
        }

        try
        {
            FileStream file = Open(FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                byte[] bytes = new byte[MaxBytes];
                int read = await file.ReadAtLeastAsync(bytes, MaxBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                bool isKey = ApiKey.TryParse(Encoding.UTF8.GetString(bytes.AsSpan(0, read)), out string key);
                Volatile.Write(ref _isOnce, !file.CanSeek);
                return Noted(isKey ? key : null, Unfit);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Noted(null, FileProblem.Reason(path, exception));
        }
    }

    private FileStream Open(FileOptions options) =>
        new(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete, Options = options });

    private string Noted(string? key, string problem)
    {
        lock (_gate)
        {
            if (_isUsable && key is null)
            {
                DownlinkLog.KeyFileUnusable(logger, path, problem);
            }
            else if (!_isUsable && key is not null)
            {
                DownlinkLog.KeyFileUsable(logger, path);
            }

            _isUsable = key is not null;
            _last = key ?? _last;
            return _last ?? throw new ApiKeyFileException($"the API key file '{path}' cannot be used: {problem}");
        }
    }
}
