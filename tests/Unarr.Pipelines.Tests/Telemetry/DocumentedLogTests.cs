using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink;
using Unarr.Agents.Hub;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

/// <summary>The tables of log events in <c>docs/observability.md</c> have every message that is shown by default.</summary>
public sealed class DocumentedLogTests
{
    [Fact]
    public void Events_of_the_downlink_are_those_of_its_table() => Assert.Equal(Documented(table: 0), Written(typeof(AgentDownlink)));

    [Fact]
    public void Events_of_the_hub_are_those_of_its_table() => Assert.Equal(Documented(table: 1), Written(typeof(AgentHub)));

    private static IEnumerable<(int Id, LogLevel Level)> Written(Type member) => member.Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>()
        .Where(message => message.Level >= LogLevel.Information)
        .Select(message => (message.EventId, message.Level))
        .Order();

    /// <summary>"| 7, 8 | Error, Warning | …": one level stands for all ids of its row.</summary>
    private static IEnumerable<(int Id, LogLevel Level)> Documented(int table) => File
        .ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "observability.md"))
        .Split("| id | level | when |\n| --- | --- | --- |\n")[table + 1]
        .Split('\n')
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .SelectMany(cells => cells[1].Split(", ").Index().Select(id => (
            int.Parse(id.Item.Split(' ')[0], CultureInfo.InvariantCulture),
            Enum.Parse<LogLevel>(cells[2].Split(", ") is var levels && levels.Length > 1 ? levels[id.Index] : levels[0]))))
        .Order();
}
