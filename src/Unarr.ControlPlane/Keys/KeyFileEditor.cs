using System.Diagnostics;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.Keys;

/// <summary>Changes a keys file: one edit at a time, and each replaces the file as a whole.</summary>
/// <remarks>
/// The new content is written next to the file, forced to the disk and renamed into place, with mode 0600 and the owner of the one before.
/// Where the path is a symbolic link, the file that it leads to is replaced and the link stays. A file next to it,
/// <c>.NAME.lock</c>, keeps two edits apart; it stays there.
/// </remarks>
internal sealed class KeyFileEditor
{
    /// <summary>The mode of every file that is written here.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int MaxBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private readonly string _shown;
    private readonly string _path;

    /// <exception cref="UsageException">The path leads to no file.</exception>
    public KeyFileEditor(string path)
    {
        _shown = path;
        try
        {
            string full = Path.GetFullPath(path);
            _path = new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unusable(exception);
        }
    }

    /// <summary>Writes a file that is not there yet.</summary>
    /// <exception cref="UsageException">There is a file, or it cannot be written.</exception>
    public Task CreateAsync(KeyFileText text, CancellationToken cancellationToken) => LockedAsync(
        () =>
        {
            if (File.Exists(_path) || Directory.Exists(_path))
            {
                throw new UsageException($"--keys: there is a file '{_shown}' already: use keys add, or keys rotate.");
            }

            Write(text);
        },
        cancellationToken);

    /// <summary>Reads the file.</summary>
    /// <exception cref="UsageException">There is no file, or it cannot be used.</exception>
    public KeyFileText Read()
    {
        try
        {
            if (Directory.Exists(_path))
            {
                throw new UsageException($"--keys: '{_shown}' is a directory.");
            }

            if (File.GetAttributes(_path).HasFlag(FileAttributes.Device))
            {
                throw new UsageException($"--keys: '{_shown}' is not a regular file.");
            }

            return new FileInfo(_path).Length > MaxBytes
                ? throw new UsageException($"--keys: '{_shown}' is larger than {MaxBytes} bytes.")
                : KeyFileText.Parse(File.ReadAllBytes(_path));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"--keys: there is no file '{_shown}': keys init makes it.", exception);
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception);
        }
    }

    /// <summary>Changes the file.</summary>
    /// <param name="change">Returns the new text for the one that is there.</param>
    /// <param name="cancellationToken">Ends the wait for another edit.</param>
    /// <returns>Whether others than the owner could read the file before.</returns>
    /// <exception cref="UsageException">The file cannot be used, or cannot be written; it is as it was.</exception>
    public async Task<bool> EditAsync(Func<KeyFileText, KeyFileText> change, CancellationToken cancellationToken)
    {
        bool wasOpen = false;
        await LockedAsync(
            () =>
            {
                KeyFileText edited = change(Read());
                try
                {
                    edited.Keys();
                }
                catch (FormatException exception)
                {
                    throw Unusable(exception);
                }

                wasOpen = KeyFileMode.IsReadableByOthers(_path);
                Write(edited);
            },
            cancellationToken).ConfigureAwait(false);
        return wasOpen;
    }

    private async Task LockedAsync(Action action, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream held = await HoldAsync(cancellationToken).ConfigureAwait(false);
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception);
        }
    }

    private async Task<FileStream> HoldAsync(CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(_path)!;
        if (!Directory.Exists(folder))
        {
            throw new UsageException($"--keys: there is no folder '{folder}'.");
        }

        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder, $".{Path.GetFileName(_path)}.lock"), Options(FileMode.OpenOrCreate));
            }
            catch (IOException exception) when (
                exception is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                if (Stopwatch.GetElapsedTime(started) > LongestWait)
                {
                    throw new UsageException($"--keys: '{_shown}' is being changed by another program.", exception);
                }
            }

            await Task.Delay(LookAgain, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Write(KeyFileText text)
    {
        string next = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream file = new(next, Options(FileMode.CreateNew)))
            {
                file.Write(text.Content.Span);
                file.Flush(flushToDisk: true);
            }

            if (File.Exists(_path) && !FileOwner.TryCopy(_path, next))
            {
                throw new IOException("it is another user's, and the new file could not be given to that user");
            }

            File.Move(next, _path, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        return options;
    }

    private UsageException Unusable(Exception exception) =>
        new($"--keys: '{_shown}' cannot be used: {exception.Message.TrimEnd('.')}.", exception);
}
