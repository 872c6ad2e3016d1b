using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Security;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The packages, as somebody gets them who has nothing else of this repository. Needs no network:
/// the rest is in NuGet's own cache.</summary>
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
        string[] packages = ["Unarr.Agents.Downlink.Hosting", "Unarr.Agents.Downlink", "Unarr.Agents.Protocol", "Unarr.Pipelines"];
        foreach (string package in packages)
        {
            await PackAsync(package, Feed);
            await AssertCompleteAsync(package);
        }

        string consumer = await MakeConsumerAsync("reader", "Unarr.Pipelines", await ReadmeExampleAsync());
        await File.WriteAllTextAsync(Path.Combine(consumer, "events"), ": hb\ndata: hello\n\nevent: other\ndata: x\n\ndata: world\n\n");
        Assert.Equal("still alive\nhello\nworld", (await DotnetAsync(consumer, Path.Combine("out", "Consumer.dll"))).Trim());

        await AssertHostRunsAsync(await MakeConsumerAsync("host", "Unarr.Agents.Downlink.Hosting", await EmbedExampleAsync()));
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
    private async Task PackAsync(string project, string feed) => await DotnetAsync(
        _repository, "pack", Path.Combine("src", project), "-c", "Release", "--artifacts-path", $"{feed}-artifacts", "-o", feed,
        "-p:Version=0.0.0-test", "-p:RestoreLockedMode=true", "-p:RunAnalyzers=false");

    /// <summary>The host starts, is asked for its health, and stops; its control plane does not exist.</summary>
    private static async Task AssertHostRunsAsync(string consumer)
    {
        string key = Path.Combine(consumer, "key");
        await File.WriteAllTextAsync(key, "key-4711");
        string output = await DotnetAsync(
            consumer, Path.Combine("out", "Consumer.dll"), "--Downlink:Servers:0=http://127.0.0.1:1", $"--Downlink:ApiKeyFile={key}");
        Assert.Contains("health: Degraded", output, StringComparison.Ordinal);
        Assert.DoesNotContain("key-4711", output, StringComparison.Ordinal);
    }

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
            ["<readme>README.md</readme>", "<license type=\"expression\">MIT</license>", "<description>", "<tags>", "<copyright>",
                "<authors>"],
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

    /// <summary>A new project that has nothing but a package, built.</summary>
    private async Task<string> MakeConsumerAsync(string folder, string package, string program)
    {
        string consumer = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await WriteAsync("NuGet.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "packages")}" /></config>
              <packageSources><clear /><add key="packed" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="cache" value="{SecurityElement.Escape(cache)}" /></fallbackPackageFolders>
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
              <ItemGroup><PackageReference Include="{package}" Version="0.0.0-test" /></ItemGroup>
            </Project>
            """);
        await WriteAsync("Program.cs", program);
        await DotnetAsync(consumer, "build", "-o", "out");
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

        // What the test runner sets for itself is not for another build, and what a build server sets must not be needed.
        foreach (string name in start.Environment.Keys.Where(
            name => name.StartsWith("MSBuild", StringComparison.Ordinal) || name == "CI").ToArray())
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
        File.Exists(Path.Combine(folder, file)) ? folder
            : Above(Path.GetDirectoryName(folder) ?? throw new FileNotFoundException(file), file);
}
