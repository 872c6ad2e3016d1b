using System.Diagnostics;
using System.Globalization;
using System.Security;
using Unarr.EndToEnd.Tests.Documents;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.Guides;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>The commands and programs of <c>docs/own-backend.md</c> as they are written there, with nothing but the packages. Needs no
/// network: what the packages depend on is in NuGet's own cache.</summary>
[Collection(nameof(PackedTests))]
public sealed class OwnBackendGuideTests : IDisposable
{
    private const string NewConfiguration = "dotnet new nugetconfig\n";
    private const string Pack = "dotnet pack src/packages.slnf -o ~/unarr-feed\n";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("unarr-home-");
    private readonly PackedPackages _packed;
    private readonly LoopbackPort _port = new();
    private readonly Guide _guide;
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(5));

    public OwnBackendGuideTests(PackedPackages packed)
    {
        _packed = packed;
        _guide = new Guide(File.ReadAllText(Path.Combine(Dotnet.Repository, "docs", "own-backend.md"))
            .Replace("8080", _port.Number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private string Jobs => Path.Combine(_home.FullName, "Jobs");

    public void Dispose()
    {
        _deadline.Dispose();
        _port.Dispose();
        _home.Delete(recursive: true);
    }

    [SkippableFact]
    [Runs("docs/own-backend.md", "The packages")]
    [Runs("docs/own-backend.md", "The packages", 1)]
    [Runs("docs/own-backend.md", "The keys")]
    [Runs("docs/own-backend.md", "A control")]
    [Runs("docs/own-backend.md", "A control", 1)]
    [Runs("docs/own-backend.md", "A control", 2)]
    [Runs("docs/own-backend.md", "A control", 3)]
    public async Task Reader_of_the_guide_gets_from_new_projects_to_an_applied_control()
    {
        Needs.Program("bash");
        Needs.Program("openssl");
        Needs.Program("curl");
        Assert.Equal(Pack, _guide.Commands[0]);
        Directory.CreateSymbolicLink(Path.Combine(_home.FullName, "unarr-feed"), _packed.Feed);
        await UseNoNetworkAsync();

        Assert.Contains(NewConfiguration, _guide.Commands[1], StringComparison.Ordinal);
        await RunAsync(_home.FullName, _guide.Commands[1].Replace(
            NewConfiguration, $"{NewConfiguration}sed -i '/nuget.org/d' nuget.config\n", StringComparison.Ordinal));
        await RunAsync(Jobs, _guide.Commands[2]);
        await File.WriteAllTextAsync(Path.Combine(Jobs, "Backend", "Program.cs"), _guide.Programs[0]);
        await File.WriteAllTextAsync(Path.Combine(Jobs, "Agent", "Program.cs"), _guide.Programs[1]);

        await using GuideProcess backend = new(Shell(Jobs, _guide.Commands[3]));
        await backend.WaitForAsync("Now listening on: ", _deadline.Token);
        await using GuideProcess agent = new(Shell(Jobs, _guide.Commands[4]));
        await agent.WaitForAsync("The downlink is live", _deadline.Token);

        Assert.Contains("202 Accepted", await RunAsync(Jobs, _guide.Commands[5]), StringComparison.Ordinal);
        await agent.WaitForAsync("The limit is 500 bytes a second now", _deadline.Token);
        await backend.WaitForAsync("agent-1: set-limit is Applied", _deadline.Token);
        Assert.Contains("\"bytesPerSecond\":", await RunAsync(Jobs, _guide.Commands[6]), StringComparison.Ordinal);
    }

    /// <summary>A reader's configuration of NuGet, whose packages come from this machine.</summary>
    private async Task UseNoNetworkAsync()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_home.FullName, ".nuget", "NuGet")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "NuGet.Config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_home.FullName, "packages")}" /></config>
              <packageSources><clear /></packageSources>
              <fallbackPackageFolders><clear /><add key="cache" value="{SecurityElement.Escape(Dotnet.Cache)}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    private Task<string> RunAsync(string folder, string commands) => Dotnet.RunAsync(Shell(folder, commands));

    private ProcessStartInfo Shell(string folder, string commands)
    {
        ProcessStartInfo start = Dotnet.Command("bash", folder, "-e", "-c", commands);
        start.Environment["HOME"] = _home.FullName;
        start.Environment["NuGetAudit"] = "false";
        start.Environment.Remove("NUGET_PACKAGES");
        return start;
    }
}
