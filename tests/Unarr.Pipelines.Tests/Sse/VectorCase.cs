using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>One case of the vectors: the bytes, and its frames in the vectors' printed form.</summary>
internal sealed class VectorCase
{
    private const int LongestPrintedValue = 3000;

    private VectorCase(SseDialect dialect, JsonElement json)
    {
        Dialect = dialect;
        Id = json.GetProperty("id").GetString()!;
        IsGenerated = json.TryGetProperty("gen", out JsonElement recipe);
        Input = IsGenerated ? Expand(recipe) : json.GetProperty("input64").GetBytesFromBase64();
        Expected = [.. json.GetProperty("frames").EnumerateArray().Select(Print)];
    }

    public static IReadOnlyDictionary<string, VectorCase> All { get; } =
        Load(SseDialect.Agent, "agent").Concat(Load(SseDialect.Html, "whatwg")).ToDictionary(vector => vector.ToString());

    public SseDialect Dialect { get; }

    public string Id { get; }

    public bool IsGenerated { get; }

    public byte[] Input { get; }

    public string[] Expected { get; }

    public override string ToString() => $"{Dialect}/{Id}";

    public static string[] Print(IEnumerable<Frame> frames) => [.. frames.Select(Print)];

    private static IEnumerable<VectorCase> Load(SseDialect dialect, string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", name + ".jsonl"))
            .Select(line => new VectorCase(dialect, JsonElement.Parse(line)));

    private static byte[] Expand(JsonElement recipe)
    {
        using var bytes = new MemoryStream();
        foreach (JsonElement piece in recipe.EnumerateArray())
        {
            (byte[] part, int times) = piece[0].GetString() switch
            {
                "raw" => (Encoding.UTF8.GetBytes(piece[1].GetString()!), 1),
                "b64" => (piece[1].GetBytesFromBase64(), 1),
                "repeat" => (Encoding.UTF8.GetBytes(piece[1].GetString()!), piece[2].GetInt32()),
                "repeat_b64" => (piece[1].GetBytesFromBase64(), piece[2].GetInt32()),
                "loop" => (Expand(piece[2]), piece[1].GetInt32()),
                string other => throw new InvalidDataException($"A vector's recipe holds the unknown piece '{other}'."),
                null => throw new InvalidDataException("A vector's recipe holds a piece without a name."),
            };
            for (int time = 0; time < times; time++)
            {
                bytes.Write(part);
            }
        }

        return bytes.ToArray();
    }

    private static string Print(JsonElement frame) =>
        string.Join(' ', frame.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(
            member => $"{member.Name}={member.Value}"));

    private static string Print(Frame frame)
    {
        var members = new List<string> { "kind=" + frame.Kind };
        switch (frame.Kind)
        {
            case "event":
                members.Add(PrintValue("event", frame.Type));
                members.Add(PrintValue("data", frame.Value));
                members.Add(PrintValue("id", frame.Id));
                break;
            case "comment":
                members.Add(PrintValue("text", frame.Value));
                break;
            case "retry":
                members.Add($"milliseconds={frame.Milliseconds}");
                break;
            default:
                members.Add(frame.Error == SseError.LineTooLong ? "error=line_too_long" : "error=event_too_large");
                break;
        }

        return string.Join(' ', string.Join(' ', members).Split(' ').Order(StringComparer.Ordinal));
    }

    private static string PrintValue(string name, string value)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(value);
        return bytes.Length > LongestPrintedValue
            ? $"{name}Length={bytes.Length} {name}Sha256={Convert.ToHexStringLower(SHA256.HashData(bytes))}"
            : $"{name}64={Convert.ToBase64String(bytes)}";
    }
}
