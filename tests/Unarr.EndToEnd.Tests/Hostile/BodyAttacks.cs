using System.IO.Compression;
using System.Text;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Attacks by the body of an answer that should be small JSON.</summary>
internal static class BodyAttacks
{
    // What is not text in it is repaired, a control over a bound is left out.
    private const string Read = "Ended";

    private static readonly string[] Answers = ["wake", "sync"];

    public static IReadOnlyDictionary<string, Attack> All { get; } = new Dictionary<string, Attack>
    {
        ["answer of 1 GiB"] = new(Answers, "InvalidPayload", async exchange =>
        {
            await exchange.WriteAsync(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {1L << 30}\r\n\r\n{{\"controls\":[],\"x\":\"");
            await exchange.FloodAsync("x", 1L << 30);
        })
        { IsHeavy = true },
        ["answer of white space without end"] = new(Answers, "InvalidPayload", async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            await exchange.FloodAsync(" ");
        })
        { IsHeavy = true },
        ["gzip bomb"] = new(Answers, "InvalidPayload", async exchange =>
        {
            byte[] bomb = Bomb(100 << 20);
            await exchange.WriteAsync(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
            await exchange.WriteAsync(bomb);
        })
        { IsHeavy = true },
        ["gzip bomb as a stream"] = new(["events"], "NotAnEventStream", async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n");
            await exchange.WriteAsync(Bomb(100 << 20));
        }),
        ["answer nested 100,000 deep"] = Json($"{{\"controls\":{new string('[', 100_000)}", isHeavy: true),
        ["unknown member nested 100,000 deep"] = Json($"{{\"x\":{string.Concat(Enumerable.Repeat("{\"x\":", 100_000))}", isHeavy: true),
        ["a million controls in a sync"] = new(
            ["sync"], "InvalidPayload", exchange => exchange.AnswerAsync($"{{\"controls\":[{Controls(1_000_000)}]}}"))
        { IsHeavy = true },
        ["300,000 controls in a sync"] =
            new(["sync"], "InvalidPayload", exchange => exchange.AnswerAsync($"{{\"controls\":[{Controls(300_000)}]}}")) { IsHeavy = true },
        ["control with a string of 1 MB"] = Json(
            $"{{\"controls\":[{{\"action\":\"{new string('x', 1_000_000)}\"}}]}}", Read, isHeavy: true),
        ["action that is not UTF-8"] = Json("{\"controls\":[{\"action\":\"\u00ff\"}]}", Read),
        ["task id that is not UTF-8"] = Json("{\"controls\":[{\"action\":\"x\",\"taskId\":\"\u00ed\u00a0\u0080\"}]}", Read),
        ["id that is not UTF-8"] = Json("{\"controls\":[{\"action\":\"x\",\"id\":\"\u00c0\u00af\"}]}", Read),
        ["id whose escapes are no characters"] = Json("{\"controls\":[{\"action\":\"x\",\"id\":\"\\ud800\"}]}", Read),
        ["answer that is not UTF-8"] = Json("\u00ff\u00fe{\"controls\":[]}"),
        ["more behind a long answer"] = Json($"{{\"controls\":[]}}{new string(' ', 40_000)}x"),
        ["answer that is null"] = Json("null"),
        ["answer that is a list"] = Json("[]"),
    };

    /// <summary>Zeros, compressed a thousandfold.</summary>
    private static byte[] Bomb(int bytes)
    {
        using var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.Fastest))
        {
            byte[] zeros = new byte[1 << 20];
            for (int written = 0; written < bytes; written += zeros.Length)
            {
                gzip.Write(zeros);
            }
        }

        return bomb.ToArray();
    }

    private static string Controls(int count) => new StringBuilder("{}").Insert(0, "{},", count - 1).ToString();

    private static Attack Json(string json, string outcome = "InvalidPayload", bool isHeavy = false) =>
        new(json.Contains("controls", StringComparison.Ordinal) ? ["sync"] : Answers, outcome,
            exchange => exchange.AnswerAsync(json))
        { IsHeavy = isHeavy };
}
