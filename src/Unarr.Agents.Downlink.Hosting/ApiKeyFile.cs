using System.Text;
using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>The file with the API key, read each time the key is asked for: a rotated key needs no restart.</summary>
internal sealed class ApiKeyFile(string path, ILogger logger) : IApiKeyProvider
{
    private const int MaxBytes = 8 * 1024;
    private const string Expected = "it must hold one line of visible ASCII characters";

    private readonly Lock _gate = new();
    private string? _last;
    private bool _isUsable = true;

    /// <summary>What is wrong with a key file; <see langword="null"/> when nothing is. Never quotes what is in it.</summary>
    public static string? Problem(string path)
    {
        try
        {
            using FileStream file = Open(path, FileOptions.None);
            Span<byte> bytes = stackalloc byte[MaxBytes];
            return Parse(bytes[..file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false)]) is null ? Expected : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    /// <summary>The key. While the file cannot be used (it may be being replaced) the last one that could be stays in use.</summary>
    /// <exception cref="IOException">The file cannot be used and never could.</exception>
    public async ValueTask<string> GetApiKeyAsync(CancellationToken cancellationToken)
    {
        try
        {
            FileStream file = Open(path, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                byte[] bytes = new byte[MaxBytes];
                int read = await file.ReadAtLeastAsync(bytes, MaxBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                return Noted(Parse(bytes.AsSpan(0, read)), Expected);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Noted(null, exception.Message);
        }
    }

    private static FileStream Open(string path, FileOptions options) =>
        new(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete, Options = options });

    private static string? Parse(ReadOnlySpan<byte> bytes)
    {
        string key = Encoding.UTF8.GetString(bytes).Trim();
        return key.Length > 0 && !key.AsSpan().ContainsAnyExceptInRange('!', '~') ? key : null;
    }

    private string Noted(string? key, string problem)
    {
        lock (_gate)
        {
            if (_isUsable && key is null)
            {
                HostingLog.KeyFileUnusable(logger, path, problem);
            }
            else if (!_isUsable && key is not null)
            {
                HostingLog.KeyFileUsable(logger, path);
            }

            _isUsable = key is not null;
            _last = key ?? _last;
            return _last ?? throw new IOException($"The API key file '{path}' cannot be used: {problem}");
        }
    }
}
