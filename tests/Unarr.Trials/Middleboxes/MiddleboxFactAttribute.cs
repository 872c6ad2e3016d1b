namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A test that needs a program of the system: skipped where there is none, but not in CI, where there has to be one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MiddleboxFactAttribute : FactAttribute
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"];

    public MiddleboxFactAttribute(string program)
    {
        if (Find(program) is null && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = $"There is no {program}: install the package that brings it ({Packages}).";
        }
    }

    private const string Packages = "nginx-light, haproxy";

    /// <summary>Where a program is; <see langword="null"/> when it is not installed.</summary>
    public static string? Find(string program) => Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
