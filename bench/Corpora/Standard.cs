using System.Globalization;
using System.Text;

namespace Unarr.Pipelines.Bench.Corpora;

/// <summary>The corpora that every contestant is measured on.</summary>
internal static class Standard
{
    private const int PassBytes = 512 * 1024;

    // "data: " in front and the line end behind count: the longest value that a line of the default bound carries.
    private const int LongestValue = (256 * 1024) - 7;

    /// <summary>A control-plane command, 118 bytes of JSON.</summary>
    public const string CommandData =
        """{"task_id":"8f14e45f-ceea-467f-a0e6-b1f2c3d4e5f6","action":"run_controls","controls":["cis-1.1.1"],"deadline_ms":5000}""";

    /// <summary>How each task id of a payload begins.</summary>
    public const string FirstTask = "8f14e45f";

    private const int FirstId = 1_000_000;

    // A language model's chunk, 105 bytes.
    private const string TokenData =
        """{"id":"cmpl-7QyqpwdfhqwajicIEznoc6Q4","object":"chunk","choices":[{"index":0,"delta":{"content":"the"}}]}""";

    public static Corpus Command { get; } = Repeat("command", "\n", stream => stream.Event("command", CommandData));

    public static Corpus CommandCrLf { get; } = Repeat("command, CRLF", "\r\n", stream => stream.Event("command", CommandData));

    /// <summary>Commands with an id each.</summary>
    public static Corpus CommandWithIds { get; } = MakeWithIds();

    public static Corpus Heartbeat { get; } = MakeHeartbeats();

    public static Corpus Token { get; } = Repeat("token", "\n", stream => stream.Event(null, TokenData));

    /// <summary>Tokens over HTTP, a chunk each.</summary>
    public static Corpus TokenInChunks { get; } = Token with { Name = "token, a chunk each" };

    public static Corpus TokenCrLf { get; } = Repeat("token, CRLF", "\r\n", stream => stream.Event(null, TokenData));

    public static Corpus Long { get; } = Repeat("64 KiB", "\n", stream => stream.Event(null, new string('x', 64 * 1024)));

    public static Corpus EventBound { get; } = MakeEventBound();

    public static Corpus MultiLine { get; } = Repeat("multi-line", "\n", stream => stream.Event(null, Lines));

    public static Corpus Mixed { get; } = Repeat("mixed", "\n", AddMixed);

    public static IReadOnlyList<Corpus> All { get; } =
        [Command, CommandCrLf, Token, TokenCrLf, Heartbeat, Long, EventBound, MultiLine, Mixed];

    /// <summary>One-line events of which the line, its end included, has exactly so many bytes.</summary>
    public static IReadOnlyList<Corpus> OneLine { get; } = [MakeOneLine(16 * 1024), MakeOneLine(64 * 1024), MakeOneLine((256 * 1024) - 1)];

    /// <summary>The payloads of commands; each is one event's data.</summary>
    public static IReadOnlyList<Corpus> Payloads { get; } =
    [
        MakePayload("controls of 1, new", 1, ids: false, newTasks: true),
        MakePayload("controls of 1", 1, ids: false, newTasks: false),
        MakePayload("controls of 8, new", 8, ids: false, newTasks: true),
        MakePayload("controls of 8", 8, ids: false, newTasks: false),
        MakePayload("controls of 8, ids", 8, ids: true, newTasks: false),
    ];

    private static string[] Lines => [.. Enumerable.Repeat(new string('m', 60), 8)];

    private static Corpus Repeat(string name, string lineEnd, Action<CorpusBuilder> add)
    {
        CorpusBuilder stream = new(lineEnd);
        while (stream.Length < PassBytes)
        {
            add(stream);
        }

        return stream.Build(name);
    }

    private static Corpus MakeWithIds()
    {
        CorpusBuilder stream = new();
        for (int id = FirstId; stream.Length < PassBytes; id++)
        {
            stream.Id(id).Event("command", CommandData);
        }

        return stream.Build("command, ids");
    }

    private static Corpus MakeHeartbeats()
    {
        CorpusBuilder stream = new();
        int heartbeats = 0;
        for (; stream.Length < PassBytes; heartbeats++)
        {
            stream.Heartbeat();
        }

        return stream.Event(null, "end").Build("heartbeat", heartbeats);
    }

    private static Corpus MakeEventBound()
    {
        string line = new('b', LongestValue);
        return new CorpusBuilder().Event(null, line, line, line, line).Build("1 MiB");
    }

    private static Corpus MakeOneLine(int lineBytes) =>
        new CorpusBuilder().Event(null, new string('1', lineBytes - 7)).Build(
            string.Create(CultureInfo.InvariantCulture, $"line of {lineBytes:N0} B"));

    private static Corpus MakePayload(string name, int controls, bool ids, bool newTasks)
    {
        IEnumerable<string> list = Enumerable.Range(0, controls).Select(control => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{{{(ids ? $"\"id\":\"c-{control:x12}\"," : "")}}"action":"cancel","""
            + $"\"taskId\":\"{FirstTask}-ceea-467f-a0e6-{control:x12}\","
            + $"\"deleteFiles\":true}}"));
        return new Corpus(name, Encoding.UTF8.GetBytes($$"""{"controls":[{{string.Join(',', list)}}]}"""))
        {
            Events = 1,
            Items = controls,
            Frames = 0,
            Retries = 0,
            DataBytes = 0,
            HasNewTasks = newTasks,
        };
    }

    private static void AddMixed(CorpusBuilder stream)
    {
        stream.Retry().Event("command", CommandData).Heartbeat();
        for (int token = 0; token < 6; token++)
        {
            stream.Event(null, TokenData);
        }

        stream.Event("sync", "{}").Heartbeat().Event(null, Lines).Event(null, new string('x', 2048));
    }
}
