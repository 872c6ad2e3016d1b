namespace Unarr.Agents.Downlink;

/// <summary>Says why a file that was named cannot be used.</summary>
internal static class FileProblem
{
    public static string Reason(string path, Exception exception) => exception switch
    {
        _ when path.Length == 0 => "its name is empty.",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        _ when Directory.Exists(path) => "it is a directory.",
        UnauthorizedAccessException => "access is denied.",
        _ => exception.Message,
    };
}
