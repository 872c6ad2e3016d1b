using Unarr.CommandLine;

namespace Unarr.Agent;

/// <summary>Tells in one line why a file that was named cannot be used.</summary>
internal static class Unreadable
{
    public static UsageException File(string what, string path, Exception exception) =>
        new($"Cannot read the {what} file '{path}': {Reason(path, exception)}", exception);

    public static string Reason(string path, Exception exception) => exception switch
    {
        _ when path.Length == 0 => "its name is empty.",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        _ when Directory.Exists(path) => "it is a directory.",
        UnauthorizedAccessException => "access is denied.",
        _ => exception.Message,
    };
}
