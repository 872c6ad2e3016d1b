using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>What a folder of a project may use.</summary>
public class RoomTests
{
    /// <summary>The public types of the downlink and of the hub: their rooms use what they show, and a few of their types put the rooms
    /// together.</summary>
    private static readonly string[] Faces = ["Unarr.Agents.Downlink", "Unarr.Agents.Hub"];

    /// <summary>A folder of a project and those that it may not use, beside the one of the rule against cycles.</summary>
    public static TheoryData<string, string> Forbidden => new()
    {
        { "Unarr.Pipelines/Sse", "Unarr.Pipelines/Net" },
        { "Unarr.Pipelines/Sse", "Unarr.Pipelines/Pacing" },
        { "Unarr.Pipelines/Sse", "Unarr.Pipelines/Client" },
        { "Unarr.Pipelines/Net", "Unarr.Pipelines/Client" },
        { "Unarr.Pipelines/Pacing", "Unarr.Pipelines/Client" },
        { "Unarr.Pipelines/Pacing", "Unarr.Pipelines/Sse" },
        { "Unarr.Pipelines/Pacing", "Unarr.Pipelines/Net" },
        { "Unarr.Pipelines/Net", "Unarr.Pipelines/Sse" },
        { "Unarr.Agents.Downlink/ControlPlane", "Unarr.Agents.Downlink" },
        { "Unarr.Agents.Downlink/ControlPlane", "Unarr.Agents.Downlink/Deciding" },
        { "Unarr.Agents.Downlink/ControlPlane", "Unarr.Agents.Downlink/Exchanging" },
        { "Unarr.Agents.Downlink/ControlPlane", "Unarr.Agents.Downlink/Applying" },
        { "Unarr.Agents.Downlink/ControlPlane", "Unarr.Agents.Downlink/Syncing" },
        { "Unarr.Agents.Downlink/ControlPlane", "Unarr.Agents.Downlink/Observing" },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Room_uses_nothing_of_another(string room, string other)
    {
        Assert.Contains(Repository.Rooms.Values, folder => folder == room);
        Assert.Contains(Repository.Rooms.Values, folder => folder == other);
        Assert.DoesNotContain(Repository.Uses, use => use.From == room && use.To == other);
    }

    [Fact]
    public void Each_type_of_ours_is_found_in_its_file()
    {
        Assert.True(Repository.Rooms.Count > 300, $"{Repository.Rooms.Count} types were found in files");
        Assert.True(Repository.Uses.Count() > 500, $"{Repository.Uses.Count()} uses were found");
    }

    [Fact]
    public void No_two_folders_of_a_project_use_each_other()
    {
        HashSet<(string From, string To)> edges = [.. Repository.Uses
            .Where(use => use.From != use.To && Project(use.From) == Project(use.To) && !Faces.Contains(use.From)
                && !Faces.Contains(use.To))
            .Select(use => (use.From, use.To))];
        List<string> cycles =
            [.. edges.Where(edge => Reaches(edges, edge.To, edge.From)).Select(edge => $"{edge.From} → {edge.To}").Order()];
        Assert.True(cycles.Count == 0, $"Folders use each other: {string.Join("; ", cycles)}: {string.Join("; ", Repository.Uses
            .Where(use => cycles.Contains($"{use.From} → {use.To}")).Take(40))}");
    }

    [Fact]
    public void No_two_projects_use_each_other()
    {
        HashSet<(string From, string To)> edges =
            [.. Repository.References.SelectMany(project => project.Value.Select(used => (project.Key, used)))];
        Assert.DoesNotContain(edges, edge => Reaches(edges, edge.To, edge.From));
    }

    private static string Project(string room) => room.Split('/')[0];

    private static bool Reaches(HashSet<(string From, string To)> edges, string start, string goal)
    {
        HashSet<string> seen = [start];
        Queue<string> queue = new(seen);
        while (queue.TryDequeue(out string? room))
        {
            if (room == goal)
            {
                return true;
            }

            foreach ((_, string next) in edges.Where(edge => edge.From == room))
            {
                if (seen.Add(next))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return false;
    }
}
