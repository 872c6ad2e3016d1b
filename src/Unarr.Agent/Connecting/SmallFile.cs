namespace Unarr.Agent.Connecting;

/// <summary>A file, or a pipe as of &lt;(...), that is read whole: up to a bound, for what was named by mistake may have no end.</summary>
internal static class SmallFile
{
    /// <exception cref="IOException">It cannot be read, or is larger.</exception>
    public static byte[] Read(string path, int maxBytes)
    {
        using FileStream file = new(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            if (bytes.Length + read > maxBytes)
            {
                throw new IOException($"it is larger than {maxBytes} bytes.");
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    /// <summary>Runs what opens files. Opening a named pipe waits for its writer: the wait can be given up.</summary>
    public static Task<T> OpenedAsync<T>(Func<T> open, CancellationToken cancellationToken) =>
        Task.Run(open, CancellationToken.None).WaitAsync(cancellationToken);
}
