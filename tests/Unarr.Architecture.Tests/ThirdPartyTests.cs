using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>Every package that is shipped in a program is named in the notices.</summary>
public partial class ThirdPartyTests
{
    // They build a program and are not in it.
    private static readonly string[] Builders = ["Microsoft.NET.ILLink.Tasks", "Microsoft.DotNet.ILCompiler"];

    [Theory]
    [InlineData("Unarr.Agent")]
    [InlineData("Unarr.ControlPlane")]
    public void Package_in_a_program_is_in_the_notices(string program)
    {
        string[] notices =
        [
            .. Name().Matches(File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"))).Select(
                name => name.Groups[1].Value),
        ];
        using var locked = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Repository.Root, "src", program, "packages.lock.json")));
        string[] packages =
        [
            .. locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() != "Project")
                .Select(package => package.Name)
                .Except(Builders),
        ];

        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains(notices, notice => Names(notice, package)));
    }

    private static bool Names(string notice, string package) =>
        notice.EndsWith('*')
            ? package.StartsWith(notice[..^1], StringComparison.OrdinalIgnoreCase)
            : string.Equals(package, notice, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("`([A-Za-z0-9.]+\\*?)`")]
    private static partial Regex Name();
}
