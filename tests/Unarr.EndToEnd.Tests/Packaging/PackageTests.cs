using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Security;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The packages, as somebody gets them who has nothing else of this repository. Needs no network: the rest is in NuGet's own cache.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _repository = Above(AppContext.BaseDirectory, "Unarr.Pipelines.sln");
    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-packages-").FullName;

    private string Feed => Path.Combine(_folder, "feed");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Packages_are_complete_and_a_new_project_runs_the_readme_s_example_with_one()
    {
        await PackAsync("Unarr.Pipelines.Hosting");
        await PackAsync("Unarr.Pipelines");
        foreach (string package in new[] { "Unarr.Pipelines", "Unarr.Pipelines.Hosting" })
        {
            await AssertCompleteAsync(package);
        }

        Assert.Equal("still alive\nhello\nworld", await RunConsumerAsync(": hb\ndata: hello\n\nevent: other\ndata: x\n\ndata: world\n\n"));
    }

    /// <summary>Packs with intermediate files of its own: those of the repository are in use.</summary>
    private async Task PackAsync(string project) => await DotnetAsync(
        _repository, "pack", Path.Combine("src", project), "-c", "Release", "--artifacts-path", Path.Combine(_folder, "artifacts"), "-o", Feed,
        "-p:Version=0.0.0-test", "-p:RestoreLockedMode=true", "-p:RunAnalyzers=false", "-p:ContinuousIntegrationBuild=true");

    private async Task AssertCompleteAsync(string name)
    {
        using ZipArchive package = await ZipFile.OpenReadAsync(Path.Combine(Feed, $"{name}.0.0.0-test.nupkg"));
        string[] files = [.. package.Entries.Select(entry => entry.FullName)];
        Assert.Contains("README.md", files);
        Assert.Contains("LICENSE", files);
        Assert.Contains($"lib/net10.0/{name}.dll", files);
        Assert.Contains($"lib/net10.0/{name}.xml", files);
        string metadata = await TextAsync(package, $"{name}.nuspec");
        Assert.All(
            ["<readme>README.md</readme>", "<license type=\"expression\">MIT</license>", "<description>", "<tags>", "<copyright>", "<authors>"],
            element => Assert.Contains(element, metadata, StringComparison.Ordinal));

        // "Deterministic build": the sources are not told from where on the machine they were built.
        using ZipArchive symbols = await ZipFile.OpenReadAsync(Path.Combine(Feed, $"{name}.0.0.0-test.snupkg"));
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

    private async Task<string> RunConsumerAsync(string events)
    {
        string consumer = Directory.CreateDirectory(Path.Combine(_folder, "consumer")).FullName;
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await WriteAsync("NuGet.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "packages")}" /></config>
              <packageSources><clear /><add key="packed" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="cache" value="{SecurityElement.Escape(cache)}" /></fallbackPackageFolders>
            </configuration>
            """);
        await WriteAsync("Consumer.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Unarr.Pipelines" Version="0.0.0-test" /></ItemGroup>
            </Project>
            """);
        await WriteAsync("Program.cs", await ReadmeExampleAsync());
        await WriteAsync("events", events);
        await DotnetAsync(consumer, "build", "-o", "out");
        return (await DotnetAsync(consumer, Path.Combine("out", "Consumer.dll"))).Trim();

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

    private static async Task<string> DotnetAsync(string folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                // Servers that stay would keep the output open.
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["UseSharedCompilation"] = "false",
                ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
                ["DOTNET_NOLOGO"] = "1",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            },
        };

        // What the test runner sets for itself is not for another build.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using Process process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output}\n{await error}");
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task<string> TextAsync(ZipArchive archive, string file)
    {
        using var reader = new StreamReader(await archive.GetEntry(file)!.OpenAsync(), System.Text.Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private static string Above(string folder, string file) =>
        File.Exists(Path.Combine(folder, file)) ? folder : Above(Path.GetDirectoryName(folder) ?? throw new FileNotFoundException(file), file);
}
