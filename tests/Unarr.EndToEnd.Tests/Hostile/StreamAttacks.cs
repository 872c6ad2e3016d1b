namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Attacks by what an event stream carries.</summary>
internal static class StreamAttacks
{
    private const long ManyBytes = 200_000_000;
    private const string Chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static IReadOnlyDictionary<string, Attack> All { get; } = new Dictionary<string, Attack>
    {
        ["endless line"] = Heavy("LineTooLong", "data: ", "x"),
        ["endless comment"] = Heavy("LineTooLong", ":", "\u00ff"),
        ["endless unknown field"] = Heavy("LineTooLong", "id", "\0"),
        ["endless event"] = Heavy("EventTooLarge", "event: command\n", $"data: {new string('x', 1000)}\n"),
        ["endless event of empty lines"] = Heavy("EventTooLarge", "data: x\n", "data:\n"),
        ["endless event of types"] = Heavy("Ended", "", $"event: {new string('t', 1000)}\n", ManyBytes),
        ["endless comments"] = Heavy("Ended", "", $": {new string('c', 500)}\n", ManyBytes),
        ["flood of tiny comments"] = Heavy("Ended", "", ":\n", ManyBytes / 4),
        ["flood of blank lines"] = Heavy("Ended", "", "\n", ManyBytes / 4),
        ["flood of carriage returns"] = Heavy("LineTooLong", "data: ", "\r"),
        ["flood of tiny events"] = Heavy("Ended", "", "data: x\n\n", ManyBytes / 4),
        ["flood of sync events"] = Heavy("Ended", "", "event: sync\ndata: {}\n\n", ManyBytes / 10),
        ["flood of commands that do not parse"] = Heavy("Ended", "", "event: command\ndata: {\n\n", 200_000),
        ["a million controls in a command"] = Small("EventTooLarge", Command(1_000_000), isHeavy: true),
        ["200,000 controls in a command"] = Small("Ended", Command(200_000), isHeavy: true),
        ["command nested 100,000 deep"] = Small("Ended", $"event: command\ndata: {{\"controls\":[{new string('[', 100_000)}\n\n"),
        ["command that is not UTF-8"] = Small(
            "Ended", "event: command\ndata: {\"controls\":[{\"action\":\"\u00ff\u00c0\",\"taskId\":\"\u00ed\u00a0\u0080\"}]}\n\n"),
        ["command whose escapes are no characters"] = Small(
            "Ended", "event: command\ndata: {\"controls\":[{\"action\":\"\\ud800\",\"id\":\"\\udc00\"}]}\n\n"),
        ["stream that is not UTF-8"] = Small(
            "Ended", ":\u00ff\u00fe\nevent: \u00c3\u0028\ndata: \u00f0\u0028\u008c\n\n\u00ff\u00fe\u0000: hb=\u00ff\n\n"),
        ["heartbeat interval without sense"] = Small("Ended", ": hb=99999999999999999999 hb=-1 hb=\u00b2\n\n"),
        ["chunk of 2^63 bytes"] = new(["events"], "Cut", async exchange =>
        {
            // A valid size, of a chunk that never ends.
            await exchange.WriteAsync($"{Chunked}8000000000000000\r\n: connected\n\n");
            await exchange.FloodAsync(": hb\n", ManyBytes / 4);
        })
        { IsHeavy = true },
        ["chunk of 2^64 bytes"] = OnChunks("10000000000000000\r\n: connected\n\n"),
        ["chunk of a negative size"] = OnChunks("-1\r\n: connected\n\n"),
        ["chunk extension without end"] = new(["events"], "Cut", async exchange =>
        {
            await exchange.WriteAsync($"{Chunked}5;");
            await exchange.FloodAsync("x");
        })
        { IsHeavy = true },
        ["trailers without end"] = new(["events"], "Cut", async exchange =>
        {
            await exchange.WriteAsync($"{Chunked}4\r\n:hb\n\r\n0\r\n");
            await exchange.FloodAsync("X-Trailer: x\r\n");
        })
        { IsHeavy = true },
        ["flood of chunks of one byte"] = new(["events"], "Ended", async exchange =>
        {
            await exchange.WriteAsync(Chunked);
            await exchange.FloodAsync("1\r\n:\r\n1\r\n\n\r\n", ManyBytes / 10);
            await exchange.WriteAsync("0\r\n\r\n");
        })
        { IsHeavy = true },
    };

    private static Attack Heavy(
        string outcome, string first, string pattern, long bytes = long.MaxValue) => new(["events"], outcome, async exchange =>
    {
        await exchange.BeginStreamAsync();
        await exchange.WriteAsync(": connected\n\n");
        await exchange.WriteAsync(first);
        await exchange.FloodAsync(pattern, bytes);
    })
        { IsHeavy = true };

    private static Attack Small(string outcome, string text, bool isHeavy = false) => new(["events"], outcome, async exchange =>
    {
        await exchange.BeginStreamAsync();
        await exchange.WriteAsync(": connected\n\n");
        await exchange.WriteAsync(text);
    })
    { IsHeavy = isHeavy };

    private static Attack OnChunks(string text) => new(["events"], "Cut", async exchange =>
    {
        await exchange.WriteAsync(Chunked + text);
        await exchange.HoldAsync();
    });

    /// <summary>A command of many controls, a thousand on a line.</summary>
    private static string Command(int controls)
    {
        string line = $"data: {string.Concat(Enumerable.Repeat("{},", 1000))}\n";
        return $"event: command\ndata: {{\"controls\":[\n{string.Concat(Enumerable.Repeat(line, controls / 1000))}data: {{}}]}}\n\n";
    }
}
