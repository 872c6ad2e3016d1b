using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The documents that these tests hold against what they measure.
/// <c>UNARR_WRITE_DOCS=1</c> writes the measured ones anew.</summary>
internal static class Docs
{
    private static readonly string Folder = Path.Combine(Root(), "docs");

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name)).ReplaceLineEndings("\n");

    public static void AssertIsUpToDate(string name, string measured)
    {
        if (Environment.GetEnvironmentVariable("UNARR_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Path.Combine(Folder, name), measured);
            return;
        }

        Assert.True(Read(name) == measured, $"docs/{name} is not what was measured: run the tests once with UNARR_WRITE_DOCS=1.");
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Unarr.Pipelines.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Not within the repository.");
        }

        return folder;
    }
}
