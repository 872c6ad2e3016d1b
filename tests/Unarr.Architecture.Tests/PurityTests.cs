using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>Parsing does no I/O and knows no clock; deciding does neither; protocol sees nothing.</summary>
public class PurityTests
{
    private static readonly string[] Tasks = ["System.Threading"];
    private static readonly string[] Clocks =
        ["System.TimeProvider", "System.DateTime", "System.DateTimeOffset", "System.Diagnostics.Stopwatch", "System.Environment"];
    private static readonly string[] Network = ["System.Net", "System.IO"];

    [Theory]
    [InlineData("Unarr.Pipelines/Pacing")]
    [InlineData("Unarr.Agents.Downlink/Deciding")]
    public void Deciding_uses_no_task_clock_or_network(string room) =>
        Assert.Empty(ForeignUses(room, [.. Tasks, .. Clocks, .. Network]));

    /// <summary>The client's decisions; its shell is in the same room.</summary>
    [Fact]
    public void Client_decides_without_task_clock_or_network()
    {
        string[] deciding =
        [
            "SseClientMachine", "Silence", "ReconnectTime", "Verdicts", "AttemptEnds", "ReplayRule", "ClientInput", "ClientEffect",
        ];
        Assert.All(deciding, name => Assert.Contains(
            Repository.Rooms, type => type.Key.Name == name && type.Value == "Unarr.Pipelines/Client"));
        Assert.DoesNotContain(
            ForeignUses("Unarr.Pipelines/Client", [.. Tasks, .. Clocks, .. Network]),
            use => deciding.Contains(use.Split(' ')[0]));
    }

    /// <summary>A reader can also take over a response of HTTP; all else of it is bytes and frames.</summary>
    [Fact]
    public void Parsing_uses_no_clock_or_network() => Assert.DoesNotContain(
        ForeignUses("Unarr.Pipelines/Sse",
            [.. Clocks.Where(clock => clock != "System.Environment"), "System.Net", "System.Threading.Timer"]),
        use => !use.StartsWith("EventStreamResponse ", StringComparison.Ordinal) && !use.StartsWith("SseReader", StringComparison.Ordinal)
            && !use.Contains("System.Net.ServerSentEvents.", StringComparison.Ordinal)
            && !use.StartsWith("SseException uses System.Net.HttpStatusCode", StringComparison.Ordinal));

    [Fact]
    public void Framer_uses_no_task_http_or_json() => Assert.DoesNotContain(
        ForeignUses("Unarr.Pipelines/Sse", [.. Tasks, "System.Net.Http", "System.Text.Json"]),
        use => use.StartsWith("SseFramer", StringComparison.Ordinal));

    [Fact]
    public void Protocol_uses_no_task_clock_or_network() =>
        Assert.Empty(
            ForeignUses("Unarr.Agents.Protocol", [.. Tasks, .. Clocks.Where(clock => clock != "System.DateTimeOffset"), "System.Net"]));

    [Fact]
    public void Foreign_uses_are_found_also_in_bodies_of_methods() =>
        Assert.NotEmpty(ForeignUses("Unarr.Agents.Downlink/Exchanging", ["System.Threading.Tasks"]));

    private static IEnumerable<string> ForeignUses(string room, string[] forbidden) =>
        from type in Repository.Rooms
        where type.Value == room
        from dependency in type.Key.Dependencies
        let target = dependency.Target.FullName
        where forbidden.Any(name => target == name || target.StartsWith(name + ".", StringComparison.Ordinal))
        select $"{type.Key.Name} uses {target}";
}
