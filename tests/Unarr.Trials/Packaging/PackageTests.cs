using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text.RegularExpressions;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The packages, as somebody gets them who has nothing else of this repository. Needs no network:
/// the rest is in NuGet's own cache.</summary>
[Collection(nameof(PackedTests))]
public sealed partial class PackageTests(PackedPackages packed) : IDisposable
{
    private readonly string _repository = Dotnet.Repository;
    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-packages-").FullName;

    private string Feed => Path.Combine(_folder, "feed");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Packages_are_there_and_complete()
    {
        string[] packages =
            [.. Directory.EnumerateFiles(packed.Feed, "*.nupkg")
                .Select(file => Path.GetFileName(file)[..^$".{packed.Version}.nupkg".Length])];
        Assert.Equal(Packable(), packages.Order(StringComparer.Ordinal));
        foreach (string package in packages)
        {
            await AssertCompleteAsync(package);
        }
    }

    [Fact]
    public async Task Links_of_the_packed_readme_lead_to_the_sources_where_their_address_is_known()
    {
        await PackAsync("Unarr.Pipelines", Feed, "-p:RepositoryUrl=https://example.com/o/r.git");
        string readme = await ReadmeOfAsync("Unarr.Pipelines");
        Assert.Empty(RelativeLinks(readme));
        Assert.Matches(@"\]\(https://example\.com/o/r/blob/\w+/docs/own-backend\.md\)", readme);
        Assert.Matches(@"!\[[^]]+\]\(https://example\.com/o/r/raw/\w+/docs/blind-time\.svg\)", readme);
    }

    [Fact]
    public async Task Two_packs_of_the_same_sources_are_the_same_bytes_on_a_machine_that_is_no_build_server()
    {
        string again = Path.Combine(_folder, "again");
        await PackAsync("Unarr.Pipelines", Feed);
        await PackAsync("Unarr.Pipelines", again);

        string[] files = [.. Directory.EnumerateFiles(Feed).Select(file => Path.GetFileName(file)!)];
        Assert.Equal(2, files.Length);
        foreach (string file in files)
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Feed, file)), await File.ReadAllBytesAsync(Path.Combine(again, file)));
        }
    }

    /// <summary>Packs with intermediate files of its own: those of the repository are in use.</summary>
    private async Task PackAsync(string project, string feed, params string[] properties) => await Dotnet.RunAsync(
        _repository,
        [
            "pack", Path.Combine("src", project), "-c", "Release", "--artifacts-path", $"{feed}-artifacts", "-o", feed,
            "-p:RestoreLockedMode=true", "-p:RunAnalyzers=false", .. properties,
        ]);

    private async Task AssertCompleteAsync(string name)
    {
        using ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(packed.Feed, $"{name}.{packed.Version}.nupkg"));
        string[] files = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
        Assert.Contains("CHANGELOG.md", files);
        Assert.Contains($"lib/net10.0/{name}.dll", files);
        Assert.Contains($"lib/net10.0/{name}.xml", files);
        Assert.NotEmpty(RelativeLinks(await File.ReadAllTextAsync(Path.Combine(_repository, "README.md"))));
        string readme = await TextAsync(package, "README.md");
        Assert.Empty(RelativeLinks(readme));
        Assert.Contains("docs/own-backend.md", readme, StringComparison.Ordinal);
        string metadata = await TextAsync(package, $"{name}.nuspec");
        Assert.All(
            ["<readme>README.md</readme>", "<license type=\"expression\">MIT</license>", "<description>", "<tags>", "<copyright>",
                "<authors>"],
            element => Assert.Contains(element, metadata, StringComparison.Ordinal));

        // "Deterministic build": the sources are not told from where on the machine they were built.
        using ZipArchive symbols = await ZipFile.OpenReadAsync(Path.Combine(packed.Feed, $"{name}.{packed.Version}.snupkg"));
        string[] sources = await SourcesAsync(symbols, $"lib/net10.0/{name}.pdb");
        Assert.NotEmpty(sources);
        Assert.DoesNotContain(sources, source => source.StartsWith(_repository, StringComparison.Ordinal));
    }

    private static async Task<string[]> SourcesAsync(ZipArchive archive, string file)
    {
        using var bytes = new MemoryStream();
        using (Stream entry = await archive.GetEntry(file)!.OpenAsync())
        {
            await entry.CopyToAsync(bytes);
        }

        bytes.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(bytes);
        MetadataReader reader = provider.GetMetadataReader();
        return [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
    }

    private async Task<string> ReadmeOfAsync(string name)
    {
        using ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(Feed, $"{name}.{packed.Version}.nupkg"));
        return await TextAsync(package, "README.md");
    }

    /// <summary>The projects that say that they are packages; programs are packages of their own kind.</summary>
    private IEnumerable<string> Packable() => Directory
        .EnumerateFiles(Path.Combine(_repository, "src"), "*.csproj", SearchOption.AllDirectories)
        .Select(file => (File: file, Text: File.ReadAllText(file)))
        .Where(project => project.Text.Contains("<IsPackable>true", StringComparison.Ordinal)
            && !project.Text.Contains("<PackAsTool>true", StringComparison.Ordinal))
        .Select(project => Path.GetFileNameWithoutExtension(project.File))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> RelativeLinks(string markdown) => Link().Matches(markdown)
        .Select(link => link.Groups["to"].Value)
        .Where(to => !to.StartsWith("https://", StringComparison.Ordinal) && !to.StartsWith("http://", StringComparison.Ordinal)
            && !to.StartsWith('#'));

    [GeneratedRegex(@"\]\(\s*<?(?<to>[^)>]*)|^\[[^]]+\]:\s*(?<to>\S+)|(?:href|src)=""(?<to>[^""]*)", RegexOptions.Multiline)]
    private static partial Regex Link();

    private static async Task<string> TextAsync(ZipArchive archive, string file)
    {
        using var reader = new StreamReader(await archive.GetEntry(file)!.OpenAsync(), System.Text.Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
