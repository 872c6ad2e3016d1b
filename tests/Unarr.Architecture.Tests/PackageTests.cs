using System.Text.Json;
using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>What each package may depend on.</summary>
public class PackageTests
{
    private static readonly Dictionary<string, string[]> Layers = new()
    {
        ["Unarr.Pipelines"] = [],
        ["Unarr.Pipelines.AspNetCore"] = ["Unarr.Pipelines"],
        ["Unarr.Pipelines.DependencyInjection"] = ["Unarr.Pipelines"],
        ["Unarr.Agents.Protocol"] = [],
        ["Unarr.Agents.Downlink"] = ["Unarr.Pipelines", "Unarr.Agents.Protocol"],
        ["Unarr.Agents.Downlink.Hosting"] = ["Unarr.Agents.Downlink"],
        ["Unarr.Agents.Hub"] = ["Unarr.Pipelines", "Unarr.Pipelines.AspNetCore", "Unarr.Agents.Protocol"],
        ["Unarr.Agents.Hub.Nats"] = ["Unarr.Agents.Hub"],
        ["Unarr.Agents.Hub.Sqlite"] = ["Unarr.Agents.Hub"],
        ["Unarr.Agent"] = ["Unarr.Pipelines", "Unarr.Agents.Protocol", "Unarr.Agents.Downlink"],
        ["Unarr.ControlPlane"] =
        [
            "Unarr.Pipelines", "Unarr.Pipelines.AspNetCore", "Unarr.Agents.Protocol", "Unarr.Agents.Downlink", "Unarr.Agents.Hub",
            "Unarr.Agents.Hub.Nats", "Unarr.Agents.Hub.Sqlite",
        ],
    };

    [Fact]
    public void Project_references_no_other_project_than_its_layer_allows()
    {
        Assert.Equal(Layers.Keys.Order(), Repository.References.Keys.Order());
        Assert.All(Repository.References, project => Assert.Empty(project.Value.Except(Layers[project.Key])));
    }

    [Theory]
    [InlineData("Unarr.Pipelines")]
    [InlineData("Unarr.Pipelines.AspNetCore")]
    [InlineData("Unarr.Pipelines.DependencyInjection", "Microsoft.Extensions.Http")]
    [InlineData("Unarr.Agents.Protocol", "CommunityToolkit.HighPerformance")]
    [InlineData("Unarr.Agents.Downlink", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData("Unarr.Agents.Hub")]
    [InlineData("Unarr.Agents.Hub.Nats", "NATS.Client.Core", "NATS.Client.JetStream")]
    [InlineData("Unarr.Agents.Hub.Sqlite", "Microsoft.Data.Sqlite")]
    public void Package_depends_on_no_other_package(string project, params string[] packages) =>
        Assert.Equal(packages, Repository.Packages[project]);

    [Fact]
    public void Filter_of_the_packages_has_every_project_that_is_one()
    {
        string source = Path.Combine(Repository.Root, "src");
        using var filter = JsonDocument.Parse(File.ReadAllText(Path.Combine(source, "packages.slnf")));
        IEnumerable<string> listed = filter.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray()
            .Select(project => project.GetString()!.Split('\\')[^1]);
        IEnumerable<string> packages = Directory.EnumerateFiles(source, "*.csproj", SearchOption.AllDirectories)
            .Select(file => (File: file, Text: File.ReadAllText(file)))
            .Where(project => project.Text.Contains("<IsPackable>true", StringComparison.Ordinal)
                && !project.Text.Contains("<PackAsTool>true", StringComparison.Ordinal))
            .Select(project => Path.GetFileName(project.File));
        Assert.Equal(packages.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }
}
