using System.Globalization;

namespace Unarr.ControlPlane.Connections;

/// <summary>How many files this process may have open, and how many connections fit below that.</summary>
internal static class OpenFiles
{
    // Where the system does not say how many there may be.
    private const int DefaultConnections = 4096;
    private const int FewestConnections = 8;

    /// <summary>How many connections there may be: the limit of open files, less those that are open and a reserve.</summary>
    public static int Connections()
    {
        const string Self = "/proc/self";
        return Directory.Exists($"{Self}/fd")
            ? Connections(File.ReadAllText($"{Self}/limits"), Directory.EnumerateFileSystemEntries($"{Self}/fd").Count())
            : DefaultConnections;
    }

    /// <param name="limits">The content of <c>/proc/self/limits</c>.</param>
    /// <param name="open">How many files are open.</param>
    public static int Connections(string limits, int open)
    {
        const string Name = "Max open files";
        string line = limits.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) ?? Name;
        string soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("unlimited");
        if (!int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit))
        {
            return DefaultConnections;
        }

        // For the store, the key file and the assemblies that the first requests load.
        int reserve = 48 + (limit / 32);
        return Math.Max(FewestConnections, limit - open - reserve);
    }
}
