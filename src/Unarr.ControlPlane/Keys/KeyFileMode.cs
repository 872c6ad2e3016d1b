namespace Unarr.ControlPlane.Keys;

/// <summary>Who may read a keys file.</summary>
internal static class KeyFileMode
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Whether the file's mode lets its group or everybody read or write it; never so on Windows, which has no such
    /// mode.</summary>
    public static bool IsReadableByOthers(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        FileInfo file = new(path);
        FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return target is FileInfo { Exists: true } && !target.Attributes.HasFlag(FileAttributes.Device)
            && (target.UnixFileMode & Others) != 0;
    }
}
