namespace Unarr.EndToEnd.Tests;

/// <summary>Skips a test on a machine that does not have what the test needs.</summary>
internal static class Needs
{
    private static readonly string[] Folders =
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin", "/usr/local/sbin",
    ];

    private static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Skips the test where a program is not installed, but not in CI, where it has to be.</summary>
    public static void Program(string name) => Skip.If(Find(name) is null && !IsCi, $"It needs {name}, which is not installed.");

    /// <summary>Whether a program is installed.</summary>
    public static bool Has(string program) => Find(program) is not null;

    /// <summary>Skips the test on another system.</summary>
    public static void Linux() => Skip.IfNot(OperatingSystem.IsLinux(), "It needs Linux.");

    /// <summary>Skips the test on a system without a device.</summary>
    public static void Device(string path) => Skip.IfNot(File.Exists(path), $"It needs {path}.");

    /// <summary>The path of a program.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string PathOf(string program) => Find(program) ?? throw new InvalidOperationException($"There is no {program}.");

    private static string? Find(string program) => Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
