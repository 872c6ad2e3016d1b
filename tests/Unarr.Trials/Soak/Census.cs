namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>What this process holds: what a leak would make grow (Linux).</summary>
internal readonly record struct Census(long HeapBytes, int Handles, int Sockets, int Threads)
{
    /// <summary>What one may have more than another and still be called equal: the pools' arrays, a connection kept open,
    /// a pool's thread.</summary>
    public static Census Tolerance { get; } = new(HeapBytes: 512 * 1024, Handles: 8, Sockets: 8, Threads: 4);

    public static Census Take()
    {
        // Twice: what the first leaves to finalizers goes with the second.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        string?[] handles = [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(Target)];
        return new Census(
            GC.GetTotalMemory(forceFullCollection: true),
            handles.Length,
            handles.Count(static target => target?.StartsWith("socket:", StringComparison.Ordinal) == true),
            Directory.EnumerateDirectories("/proc/self/task").Count());
    }

    public bool IsNoMoreThan(in Census before) =>
        HeapBytes <= before.HeapBytes + Tolerance.HeapBytes
        && Handles <= before.Handles + Tolerance.Handles
        && Sockets <= before.Sockets + Tolerance.Sockets
        && Threads <= before.Threads + Tolerance.Threads;

    public override string ToString() =>
        $"{HeapBytes / 1024:N0} KiB of heap, {Handles} handles, {Sockets} of them sockets, {Threads} threads";

    private static string? Target(string handle)
    {
        try
        {
            return new FileInfo(handle).LinkTarget;
        }
        catch (IOException)
        {
            // It was closed in between: the folder's own handle is.
            return null;
        }
    }
}
