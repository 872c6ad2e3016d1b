using System.Security;
using System.Xml.Linq;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The packages of this repository, packed once for all tests, and those of the baseline where this clone has it.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private const int NotInThisClone = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-packages-").FullName;
    private Task<string?>? _baseline;

    public string Feed => Path.Combine(_folder, "feed");

    /// <summary>The version that the packages say they have.</summary>
    public string Version { get; } =
        XDocument.Load(Path.Combine(Dotnet.Repository, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    public async Task InitializeAsync() => await Dotnet.RunAsync(
        Dotnet.Repository,
        [
            // Intermediate files of its own: those of the repository are in use.
            "pack", "src/packages.slnf", "-c", "Release", "--artifacts-path", $"{Feed}-artifacts", "-o", Feed, "-p:RestoreLockedMode=true",
            "-p:RunAnalyzers=false",
        ]);

    /// <summary>The folder with the packages of the baseline; skips the test where this clone does not have its sources.</summary>
    public async Task<string> BaselineAsync()
    {
        string? folder = await (_baseline ??= PackBaselineAsync());
        Skip.If(folder is null, "It needs the commit that packaging/baseline names, which is not in this clone.");
        return folder;
    }

    /// <summary>Lets the projects under a folder have the packages of a feed, and what NuGet's own cache has.</summary>
    public static async Task ConfigureAsync(string folder, string feed) => await File.WriteAllTextAsync(
        Path.Combine(folder, "nuget.config"),
        $"""
        <configuration>
          <config><add key="globalPackagesFolder" value="{Path.Combine(folder, "packages")}" /></config>
          <packageSources><clear /><add key="packed" value="{SecurityElement.Escape(feed)}" /></packageSources>
          <fallbackPackageFolders><clear /><add key="cache" value="{SecurityElement.Escape(Dotnet.Cache)}" /></fallbackPackageFolders>
        </configuration>
        """);

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private async Task<string?> PackBaselineAsync()
    {
        string folder = Path.Combine(_folder, "baseline");
        Needs.Program("git");
        (int exitCode, string output, string error) =
            await Dotnet.EndAsync(Dotnet.Command(
                Path.Combine(Dotnet.Repository, "packaging", "baseline.sh"), Dotnet.Repository, folder));
        Assert.True(exitCode is 0 or NotInThisClone, $"packaging/baseline.sh ended with {exitCode}: {output}{error}");
        return exitCode == 0 ? folder : null;
    }
}
