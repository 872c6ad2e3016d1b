using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink;
using Unarr.CommandLine;

namespace Unarr.Agent.Connecting;

/// <summary>Opens the API key file that was named on the command line.</summary>
internal static class KeyFile
{
    /// <param name="path">Its path.</param>
    /// <param name="logger">Where to log that it cannot be used later.</param>
    /// <param name="key">The key that it holds now.</param>
    /// <exception cref="UsageException">The file cannot be read, or holds no key.</exception>
    public static ApiKeyFile Open(string path, ILogger logger, out string key)
    {
        try
        {
            var file = new ApiKeyFile(path, logger);
            return file.TryRead(out key) ? file : throw new UsageException($"The API key file '{path}' holds no key: {ApiKeyFile.Unfit}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.File("API key", path, exception);
        }
    }
}
