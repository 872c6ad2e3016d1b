namespace Unarr.Agents.Hub.Keys;

/// <summary>A key file as it was read first.</summary>
/// <param name="File">Its full path.</param>
/// <param name="Content">Its content.</param>
/// <param name="Keys">The keys in it.</param>
internal sealed record LoadedKeys(string File, byte[] Content, ApiKeys Keys)
{
    /// <exception cref="InvalidOperationException">The file cannot be used; the message says why, and never holds a key.</exception>
    public static LoadedKeys Read(string file)
    {
        string path = Path.GetFullPath(file);
        try
        {
            byte[] content = System.IO.File.ReadAllBytes(path);
            return new LoadedKeys(path, content, KeyFile.Parse(content));
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"The key file '{path}' cannot be used: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
