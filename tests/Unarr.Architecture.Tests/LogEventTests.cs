using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>The events of the log: an id means one thing, and the documents list each event that is shown by default.</summary>
public class LogEventTests
{
    [Theory]
    [InlineData("observability.md", 0, "Unarr.Agents.Downlink")]
    [InlineData("observability.md", 1, "Unarr.Pipelines.DependencyInjection")]
    [InlineData("observability.md", 2, "Unarr.Agents.Hub")]
    [InlineData("observability.md", 3, "Unarr.Agents.Hub.Nats")]
    [InlineData("observability.md", 4, "Unarr.ControlPlane")]
    [InlineData("send-events.md", 0, "Unarr.Pipelines.AspNetCore")]
    public void Events_of_a_project_are_those_of_its_table(string document, int table, string project) => Assert.Equal(
        Documented(document, table),
        Written(project)
            .Where(message => message.Level >= LogLevel.Information)
            .Select(message => (message.EventId, message.Level))
            .Order());

    /// <summary>The projects whose log lines one program may write.</summary>
    [Theory]
    [InlineData(
        "Unarr.ControlPlane", "Unarr.Agents.Hub", "Unarr.Agents.Hub.Nats", "Unarr.Agents.Hub.Sqlite", "Unarr.Pipelines.AspNetCore",
        "Unarr.Pipelines.DependencyInjection")]
    [InlineData("Unarr.Agent", "Unarr.Agents.Downlink", "Unarr.Agents.Downlink.Hosting", "Unarr.Pipelines.DependencyInjection")]
    public void Event_id_is_unique_within_a_program(params string[] projects)
    {
        LoggerMessageAttribute[] messages = [.. projects.SelectMany(Written)];
        Assert.True(messages.Length > 20, $"Only {messages.Length} messages were found.");
        Assert.Empty(messages
            .CountBy(message => message.EventId)
            .Where(id => id.Value > 1)
            .Select(id => id.Key));
    }

    /// <summary>The generator writes the classes of a project in an order that changes: with two, a second build has other bytes.</summary>
    [Theory]
    [InlineData("Unarr.Agent")]
    [InlineData("Unarr.Agents.Downlink")]
    [InlineData("Unarr.Agents.Downlink.Hosting")]
    [InlineData("Unarr.Agents.Hub")]
    [InlineData("Unarr.Agents.Hub.Nats")]
    [InlineData("Unarr.Agents.Hub.Sqlite")]
    [InlineData("Unarr.ControlPlane")]
    [InlineData("Unarr.Pipelines")]
    [InlineData("Unarr.Pipelines.AspNetCore")]
    [InlineData("Unarr.Pipelines.DependencyInjection")]
    public void Events_of_a_project_are_written_by_one_class(string project) => Assert.True(
        Methods(project).Select(method => method.DeclaringType).Distinct().Count() <= 1);

    private static IEnumerable<LoggerMessageAttribute> Written(string project) => Methods(project)
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>();

    private static IEnumerable<MethodInfo> Methods(string project) => Repository.Load(project).GetTypes()
        .SelectMany(type => type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(method => method.IsDefined(typeof(LoggerMessageAttribute)));

    /// <summary>"| 7, 8 | Error, Warning | …": one level stands for all ids of its row.</summary>
    private static IEnumerable<(int Id, LogLevel Level)> Documented(string document, int table) => File
        .ReadAllText(Path.Combine(Repository.Root, "docs", document))
        .Split("| id | level | when |\n| --- | --- | --- |\n")[table + 1]
        .Split('\n')
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .SelectMany(cells => cells[1].Split(", ").Index().Select(id => (
            int.Parse(id.Item.Split(' ')[0], CultureInfo.InvariantCulture),
            Enum.Parse<LogLevel>(cells[2].Split(", ") is var levels && levels.Length > 1 ? levels[id.Index] : levels[0]))))
        .Order();
}
