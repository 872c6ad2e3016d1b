using System.Runtime.InteropServices;
using System.Text;

namespace Unarr.ControlPlane.Keys;

/// <summary>Keeps a file's owner when the file is replaced: root may edit the file of a service's user.</summary>
internal static class FileOwner
{
    // linux/stat.h: struct statx has the same layout on every processor; these are the offsets of stx_uid and stx_gid.
    private const int StatxBytes = 256;
    private const int UserOffset = 20;
    private const int GroupOffset = 24;
    private const uint UserAndGroup = 0x18; // STATX_UID | STATX_GID
    private const int CurrentFolder = -100; // AT_FDCWD

    /// <summary>Gives a file to the owner of another one.</summary>
    /// <returns>Whether it is that owner's now; always so where the system has no such owners.</returns>
    public static bool TryCopy(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        byte[] found = new byte[StatxBytes];
        byte[] made = new byte[StatxBytes];
        if (Stat(CurrentFolder, Path(from), 0, UserAndGroup, found) != 0 || Stat(CurrentFolder, Path(to), 0, UserAndGroup, made) != 0)
        {
            return false;
        }

        (uint User, uint Group) owner = Owner(found);
        return owner == Owner(made) || ChangeOwner(Path(to), owner.User, owner.Group) == 0;
    }

    private static (uint User, uint Group) Owner(ReadOnlySpan<byte> stat) => (
        BitConverter.ToUInt32(stat[UserOffset..]), BitConverter.ToUInt32(stat[GroupOffset..]));

    private static byte[] Path(string path) => Encoding.UTF8.GetBytes($"{path}\0");

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(int folder, byte[] path, int flags, uint mask, byte[] result);

    [DllImport("libc", EntryPoint = "chown", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner(byte[] path, uint user, uint group);
}
