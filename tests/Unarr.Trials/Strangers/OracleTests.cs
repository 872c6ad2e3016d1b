namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>The client, npm's <c>EventSource</c> and npm's <c>eventsource-parser</c> read the same odd streams. What the standard says of
/// each is in the table; where one of the others says something else, the table says that it does.</summary>
public sealed class OracleTests(OracleRun run) : IClassFixture<OracleRun>
{
    private static readonly string Long = new('x', 100_000);

    /// <summary>Each stream with its events: type, data, id.</summary>
    public static TheoryData<string, string[]> Streams { get; } = new()
    {
        { "data: a\n\n", ["message|a|"] },
        { "data: a\r\rdata: b\r\n\r\ndata: c\n\n", ["message|a|", "message|b|", "message|c|"] },
        { "data: a\r\ndata: b\rdata: c\n\n", ["message|a\nb\nc|"] },
        { "\uFEFFdata: a\n\n", ["message|a|"] },
        { "\uFEFF\uFEFFdata: a\n\ndata: b\n\n", ["message|b|"] },
        { "data\n\n", ["message||"] },
        { "data\ndata\n\n", ["message|\n|"] },
        { "data:\n\n", ["message||"] },
        { "data:  two\n\n", ["message| two|"] },
        { "data:\ttab\n\n", ["message|\ttab|"] },
        { "data:a:b: c\n\n", ["message|a:b: c|"] },
        { " data: a\n\ndata: b\n\n", ["message|b|"] },
        { "DATA: a\nData: b\ndatas: c\ndata: d\n\n", ["message|d|"] },
        { "event: e\n\ndata: a\n\n", ["message|a|"] },
        { "event: e\ndata: a\n\ndata: b\n\n", ["e|a|", "message|b|"] },
        { "event\ndata: a\n\n", ["message|a|"] },
        { "event: x\nevent: e\ndata: a\n\n", ["e|a|"] },
        { "id: 1\ndata: a\n\ndata: b\n\n", ["message|a|1", "message|b|1"] },
        { "id: 1\n\ndata: b\n\n", ["message|b|1"] },
        { "id: 1\ndata: a\n\nid\ndata: b\n\n", ["message|a|1", "message|b|"] },
        { "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", ["message|a|1", "message|b|1"] },
        { "id:  \u00E9 x\ndata: a\n\n", ["message|a| \u00E9 x"] },
        { "retry: x\nretry: -1\nretry: 1.5\nretry\ndata: a\n\n", ["message|a|"] },
        { ": comment\n:\ndata: a\n:data: b\n\n", ["message|a|"] },
        { "unknown: x\nunknown\n:\n\ndata: a\n\n", ["message|a|"] },
        { "data: a\n\ndata: cut", ["message|a|"] },
        { "data: a\n\ndata: cut\n", ["message|a|"] },
        { "data: \u0416\u20AC\U0001F600\u2028\u0085\u000B\n\n", ["message|\u0416\u20AC\U0001F600\u2028\u0085\u000B|"] },
        { $"data: {Long}\n\n", [$"message|{Long}|"] },
    };

    /// <summary>Streams in which an event has the id of an earlier one. "The last event ID string of the event source" stays until another
    /// id is set; npm's <c>EventSource</c> shows "" at an event without an id of its own.</summary>
    private static readonly string[] WithIdsThatStay =
        ["id: 1\ndata: a\n\ndata: b\n\n", WithIdWithoutData, "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"];

    /// <summary>"Set the last event ID string of the event source to the value of the last event ID buffer" comes before "if the data
    /// buffer is an empty string": an id without data counts. <c>eventsource-parser</c> drops it.</summary>
    private const string WithIdWithoutData = "id: 1\n\ndata: b\n\n";

    [SkippableTheory]
    [MemberData(nameof(Streams))]
    public async Task Stream_is_read_as_the_standard_says_and_as_others_read_it(string stream, string[] events)
    {
        Npm.IsNeeded();
        SeenEvent[] standard = [.. events.Select(static text => text.Split('|')).Select(
            static parts => new SeenEvent(parts[0], parts[1], parts[2]))];

        Assert.Equal(standard, await run.ByClientAsync(stream));
        AssertSame(standard, await run.ByParserAsync(stream), differsInId: stream == WithIdWithoutData);
        AssertSame(standard, await run.ByEventSourceAsync(stream), differsInId: WithIdsThatStay.Contains(stream));
    }

    private static void AssertSame(SeenEvent[] standard, SeenEvent[] seen, bool differsInId)
    {
        Assert.Equal(standard.Select(static seen => (seen.Type, seen.Data)), seen.Select(static seen => (seen.Type, seen.Data)));
        Assert.Equal(!differsInId, standard.SequenceEqual(seen));
    }
}
