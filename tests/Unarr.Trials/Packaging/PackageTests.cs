using System.IO.Compression;
using System.Reflection.Metadata;
using System.Security;
using System.Text.RegularExpressions;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The packages, as somebody gets them who has nothing else of this repository. Needs no network:
/// the rest is in NuGet's own cache.</summary>
public sealed partial class PackageTests : IDisposable
{
    private const string Version = "0.0.0-test";

    private readonly string _repository = Dotnet.Repository;
    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-packages-").FullName;

    private string Feed => Path.Combine(_folder, "feed");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Packages_are_complete_and_a_new_project_runs_the_readme_s_example_with_one()
    {
        await PackAsync("packages.slnf", Feed);
        string[] packages =
            [.. Directory.EnumerateFiles(Feed, "*.nupkg").Select(file => Path.GetFileName(file)[..^$".{Version}.nupkg".Length])];
        Assert.Equal(Packable(), packages.Order(StringComparer.Ordinal));
        foreach (string package in packages)
        {
            await AssertCompleteAsync(package);
        }

        string consumer = await MakeConsumerAsync("reader", "Unarr.Pipelines", await ReadmeExampleAsync());
        await File.WriteAllTextAsync(Path.Combine(consumer, "events"), ": hb\ndata: hello\n\nevent: other\ndata: x\n\ndata: world\n\n");
        Assert.Equal("still alive\nhello\nworld", (await Dotnet.RunAsync(consumer, Path.Combine("out", "Consumer.dll"))).Trim());

        await AssertHostRunsAsync(await MakeConsumerAsync("host", "Unarr.Agents.Downlink.Hosting", await EmbedExampleAsync()));
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
            $"-p:Version={Version}", "-p:RestoreLockedMode=true", "-p:RunAnalyzers=false", .. properties,
        ]);

    /// <summary>The host starts, is asked for its health, and stops; its control plane does not exist.</summary>
    private static async Task AssertHostRunsAsync(string consumer)
    {
        string key = Path.Combine(consumer, "key");
        await File.WriteAllTextAsync(key, "key-4711");
        string output = await Dotnet.RunAsync(
            consumer, Path.Combine("out", "Consumer.dll"), "--Downlink:Servers:0=http://127.0.0.1:1", $"--Downlink:ApiKeyFile={key}");
        Assert.Contains("health: Degraded", output, StringComparison.Ordinal);
        Assert.DoesNotContain("key-4711", output, StringComparison.Ordinal);
    }

    private async Task AssertCompleteAsync(string name)
    {
        using ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(Feed, $"{name}.{Version}.nupkg"));
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
        using ZipArchive symbols = await ZipFile.OpenReadAsync(Path.Combine(Feed, $"{name}.{Version}.snupkg"));
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

    /// <summary>A new project that has nothing but a package, built.</summary>
    private async Task<string> MakeConsumerAsync(string folder, string package, string program)
    {
        string consumer = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
        await WriteAsync("NuGet.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "packages")}" /></config>
              <packageSources><clear /><add key="packed" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="cache" value="{SecurityElement.Escape(Dotnet.Cache)}" /></fallbackPackageFolders>
            </configuration>
            """);
        await WriteAsync("Consumer.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="{package}" Version="{Version}" /></ItemGroup>
            </Project>
            """);
        await WriteAsync("Program.cs", program);
        await Dotnet.RunAsync(consumer, "build", "-o", "out");
        return consumer;

        Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(consumer, file), text);
    }

    /// <summary>The README's first example, with a file where it has a URL.</summary>
    private async Task<string> ReadmeExampleAsync()
    {
        const string Url = "await http.GetStreamAsync(\"https://example.com/events\")";
        string readme = await File.ReadAllTextAsync(Path.Combine(_repository, "README.md"));
        string example = readme.Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains(Url, example, StringComparison.Ordinal);
        return example.Replace(Url, "File.OpenRead(\"events\")", StringComparison.Ordinal);
    }

    /// <summary>The guide's first example, which runs for ever, with an end.</summary>
    private async Task<string> EmbedExampleAsync()
    {
        const string Run = "await builder.Build().RunAsync();";
        string guide = await File.ReadAllTextAsync(Path.Combine(_repository, "docs", "embed.md"));
        string example = guide.Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains(Run, example, StringComparison.Ordinal);
        return "using Microsoft.Extensions.Diagnostics.HealthChecks;\n" + example.Replace(
            Run,
            """
            using IHost host = builder.Build();
            await host.StartAsync();
            HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
            Console.WriteLine($"health: {report.Status}");
            await host.StopAsync();
            """,
            StringComparison.Ordinal);
    }

    private async Task<string> ReadmeOfAsync(string name)
    {
        using ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(Feed, $"{name}.{Version}.nupkg"));
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
