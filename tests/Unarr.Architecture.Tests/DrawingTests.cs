using System.Text.RegularExpressions;
using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>The drawing in ARCHITECTURE.md shows the projects, their folders and their references as they are.</summary>
public partial class DrawingTests
{
    private static readonly string Drawing = DrawingIn(File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md")));

    /// <summary>Each project in the drawing, by the short name that its arrows use.</summary>
    private static readonly Dictionary<string, string> Projects = Project().Matches(Drawing)
        .ToDictionary(project => project.Groups["id"].Value, project => project.Groups["name"].Value);

    [Fact]
    public void Drawing_shows_each_project() =>
        Assert.Equal(Repository.References.Keys.Order(StringComparer.Ordinal), Projects.Values.Order(StringComparer.Ordinal));

    [Fact]
    public void Arrow_of_the_drawing_is_a_reference_and_each_reference_an_arrow()
    {
        string[] shown =
        [
            .. from Match arrow in Arrow().Matches(Drawing)
               from target in arrow.Groups["to"].Captures
               select $"{Projects[arrow.Groups["from"].Value]} → {Projects[target.Value]}",
        ];
        string[] made = [.. Repository.References.SelectMany(project => project.Value.Select(used => $"{project.Key} → {used}"))];
        Assert.Equal(made.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Room_of_the_drawing_is_a_folder_and_each_folder_a_room()
    {
        string[] shown =
        [
            .. from Match project in ProjectWithRooms().Matches(Drawing)
               from Match room in Room().Matches(project.Groups["rooms"].Value)
               select $"{project.Groups["name"].Value}/{room.Groups["name"].Value}",
        ];
        Assert.Equal(Repository.Folders.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    private static string DrawingIn(string document) => Mermaid().Matches(document).Single().Groups["drawing"].Value;

    [GeneratedRegex("^```mermaid\n(?<drawing>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Mermaid();

    [GeneratedRegex("""^    (subgraph )?(?<id>\w+)\["(?<name>[^"]+)"\]""", RegexOptions.Multiline)]
    private static partial Regex Project();

    [GeneratedRegex("""^    subgraph \w+\["(?<name>[^"]+)"\]\n(?<rooms>.*?)^    end""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ProjectWithRooms();

    [GeneratedRegex("""^        \w+\["(?<name>[^"]+)"\]""", RegexOptions.Multiline)]
    private static partial Regex Room();

    [GeneratedRegex(@"^    (?<from>\w+) --> ((?<to>\w+)( & )?)+$", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
