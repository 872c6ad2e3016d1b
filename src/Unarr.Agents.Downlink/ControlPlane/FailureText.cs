namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What went wrong in code of this side, as a fixed text: messages of exceptions may hold the key.</summary>
internal static class FailureText
{
    /// <summary>Why there is no key. Only messages of the file system and of the key file are known to hold no key.</summary>
    public static string OfKey(Exception exception) =>
        exception is ApiKeyFileException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
            ? exception.Message
            : exception.GetType().Name;

    /// <summary>A failure that is not the network's but of the code that threw it.</summary>
    public static string OfFault(Exception exception) => $"an internal error ({exception.GetType().Name}); see the log";
}
