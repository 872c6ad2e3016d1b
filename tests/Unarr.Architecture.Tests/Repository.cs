using System.Reflection;
using System.Xml.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace Unarr.Architecture.Tests;

/// <summary>The projects under <c>src</c>, their references, and their types, each with the folder of its file.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Each project with the projects that it references itself.</summary>
    public static IReadOnlyDictionary<string, string[]> References { get; } = Directory
        .EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .OrderBy(file => file, StringComparer.Ordinal)
        .ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => Included(file, "ProjectReference"));

    /// <summary>Each project with the packages that users of it get as well.</summary>
    public static IReadOnlyDictionary<string, string[]> Packages { get; } = Directory
        .EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => Included(file, "PackageReference"));

    /// <summary>The folders within the projects that hold source, such as <c>Unarr.Agents.Downlink/Deciding</c>.</summary>
    public static IEnumerable<string> Folders { get; } =
    [
        .. References.Keys
            .SelectMany(project => Files(Path.Combine("src", project), "*.cs"))
            .Select(RoomOf)
            .Where(room => room.Contains('/', StringComparison.Ordinal))
            .Distinct(),
    ];

    public static ArchUnitNET.Domain.Architecture Architecture { get; } =
        new ArchLoader().LoadAssemblies([.. References.Keys.Select(Load)]).Build();

    /// <summary>Our own types and their folders, such as <c>Unarr.Agents.Downlink/Deciding</c>;
    /// a nested type is where its outermost one is.</summary>
    public static IReadOnlyDictionary<IType, string> Rooms { get; } = FindRooms();

    /// <summary>All uses of one of our types by another.</summary>
    public static IEnumerable<Use> Uses { get; } = FindUses();

    /// <summary>The assembly of a project.</summary>
    public static Assembly Load(string project) => Assembly.Load(new AssemblyName(AssemblyOf(project)));

    /// <summary>The files under a folder of the repository that somebody wrote: none that a build made.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(
            part => part is "obj" or "bin" or "node_modules"));

    private static string RoomOf(string file) =>
        Path.GetRelativePath(Path.Combine(Root, "src"), Path.GetDirectoryName(file)!).Replace('\\', '/');

    private static Use[] FindUses() =>
    [
        .. Rooms.Keys.SelectMany(type => type.Dependencies
            .Select(dependency => dependency.Target)
            .Where(target => target != type && Rooms.ContainsKey(target))
            .Distinct()
            .Select(target => new Use(type, target))),
    ];

    private static Dictionary<IType, string> FindRooms()
    {
        Dictionary<(string Assembly, string Type), string> folders = [];
        foreach (string project in References.Keys)
        {
            foreach (string file in Files(Path.Combine("src", project), "*.cs"))
            {
                folders.TryAdd((AssemblyOf(project), Path.GetFileName(file).Split('.')[0]), RoomOf(file));
            }
        }

        Dictionary<IType, string> rooms = [];
        foreach (IType type in Architecture.Types)
        {
            if (folders.TryGetValue((type.Assembly.Name.Split(',')[0], OutermostName(type)), out string? room))
            {
                rooms[type] = room;
            }
        }

        return rooms;
    }

    private static string OutermostName(IType type) =>
        type.FullName[(type.Namespace.FullName.Length + 1)..].Split('+', '/', '`', '<')[0];

    private static string AssemblyOf(string project) => project switch
    {
        "Unarr.Agent" => "unarr-agent",
        "Unarr.ControlPlane" => "unarr-controlplane",
        _ => project,
    };

    private static string[] Included(string file, string element) =>
    [
        .. XDocument.Load(file).Descendants(element)
            .Where(reference => (string?)reference.Attribute("PrivateAssets") != "all")
            .Select(reference => Path.GetFileNameWithoutExtension(
                (string)reference.Attribute("Include")! + (element == "PackageReference" ? ".x" : "")))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Unarr.Pipelines.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The repository of these tests was not found.");
    }
}
