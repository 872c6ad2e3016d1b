using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Unarr.Pipelines.Fuzz;

/// <summary>Random JSON near the protocol's payloads: every rule of "How agents read JSON" is met often, and so is its near miss.</summary>
/// <remarks>Bytes stand as the characters U+0000–U+00FF.</remarks>
internal static class PayloadGrammar
{
    private static readonly string[] Known =
        ["controls", "controls", "watching", "acknowledged", "ackWithin", "wake", "action", "taskId", "id", "deleteFiles", "params",
            "params",
            "at"];

    private static readonly string[] Unknown =
        ["", "newer", "task_id", "control", "controls ", "a\\u0063tion", "\\u0049D", "ta\\u017fkId", "ta\u00C5\u00BFkId", "\\ud800",
            "id\u00FF", "\u00FF",
            "w\\/ake"];

    private static readonly string[] Pieces =
    [
        "", "a", "pause", "t1", "&", "\\\"", "\\\\", "\\/", "\\b\\f\\n\\r\\t", "\\u0000", "\\u0041", "\\u00e9", "\\uFFFD", "\\u2028",
        "\u007F",
        Utf8("é"), Utf8("я"), Utf8("语"), Utf8("😀"), Utf8("\u2028"), Utf8("\uFFFD"), Utf8("\uFEFF"),
        "\\ud83d\\ude00", "\\uD83D\\uDE00", "\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00", "\\ud83dx",
        "\\ud83d\\n", "\\ud83d\u00F0\u009F\u0098\u0080",
        "\u00FF", "\u00C3", "\u00C0\u0080", "\u00E2\u0082", "\u00E8\u00AF", "\u00ED\u00A0\u0080", "\u00F0\u009F\u0098",
        "\u00F4\u0090\u0080\u0080", "\u0080", "\u00E2\\u0041",
    ];

    private static readonly string[] Broken = ["\n", "\u0001", "\\x", "\\u12", "\\u12g4", "\\"];

    // How often a character of four, three, two or one bytes fits the bound of a string.
    private static readonly int[] Edges = [256, 341, 512, 1024];

    // How often a piece fits the bound of parameters.
    private static readonly (string Piece, int Most)[] LongEdges =
        [("x", 65_534), ("\\u00e9", 32_767), ("\\n", 32_767), ("\\ud83d\\ude00", 16_383), ("\u00FF", 21_844), ("\\u0001", 10_922)];

    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "7.5", "1e3", "1E+3", "60000", "60001", "1700000000000", "253402300799999", "253402300800000",
        "99999999999999999999", "-99999999999999999999",
        "01", "-", "1.", ".5", "+1",
    ];

    private static readonly string[] WhiteSpace = ["", "", "", " ", "\t\r\n ", "\u00A0", "\u000B"];

    private static readonly string[] Before =
        ["", "", "", "", "\u00EF\u00BB\u00BF", "\u00EF\u00BB\u00BF ", " \u00EF\u00BB\u00BF", "\u00EF\u00BB\u00BF\u00EF\u00BB\u00BF",
            "\u00EF\u00BB"];

    private static readonly string[] After = ["", "", "", "", "", " \r\n\t", "\0", "x", "{}", ",", "\u00EF\u00BB\u00BF"];

    private static Gen<string> Name { get; } = Gen.Frequency(
        (6, Gen.Elements(Known)),
        (3, from name in Gen.Elements(Known) from seed in Gen.Choose(0, int.MaxValue) select MixCase(name, seed)),
        (1, Gen.Elements(Known).Select(name => $"\\u00{(int)name[0]:x2}{name[1..]}")),
        (2, Gen.Elements(Unknown)));

    /// <summary>What is between the quotes.</summary>
    private static Gen<string> Text { get; } = Gen.Frequency(
        (30, from count in Gen.Choose(0, 4) from pieces in Gen.Elements(Pieces).ArrayOf(count) select string.Concat(pieces)),
        (3, from piece in Gen.Elements(Pieces)
            from times in Gen.Elements(Edges)
            from more in Gen.Choose(0, 1)
            select Repeat(piece, times + more)),
        (1, Gen.Elements(Broken)));

    private static Gen<string> LongText { get; } =
        from edge in Gen.Elements(LongEdges)
        from more in Gen.Choose(0, 1)
        select $"\"{Repeat(edge.Piece, edge.Most + more)}\"";

    private static Gen<string> Simple { get; } = Gen.Frequency(
        (6, Text.Select(text => $"\"{text}\"")),
        (3, Gen.Elements("true", "false")),
        (2, Gen.Elements("null")),
        (2, Gen.Elements(Numbers)),
        (1, Gen.Elements("True", "nul", "", "{]", "[,]", "[1,]", "{,}")));

    public static Gen<string> Payload { get; } =
        from before in Gen.Elements(Before)
        from value in Gen.Frequency((20, Object(3, Member)), (1, Simple))
        from after in Gen.Elements(After)
        from cut in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 30)))
        select before + value[..Math.Max(0, value.Length - cut)] + after;

    // The right type for its name nearly always: one wrong member anywhere makes a whole payload that does not parse.
    private static Gen<string> Member(int depth) =>
        from name in Name
        from space in Gen.Elements(WhiteSpace[..5])
        from value in Gen.Frequency((30, Fitting(name, depth)), (3, Gen.Constant("null")), (1, Any(depth)))
        select $"\"{name}\"{space}:{space}{value}";

    private static Gen<string> Fitting(string name, int depth) => Unescaped(name) switch
    {
        "controls" => Controls(depth),
        "watching" or "acknowledged" or "wake" or "deletefiles" => Gen.Elements("true", "false", "null"),
        "ackwithin" or "at" => Gen.Elements(Numbers[..12]),
        "action" or "taskid" or "id" => Text.Select(text => $"\"{text}\""),
        "params" => Gen.Frequency((40, Any(depth)), (1, LongText)),
        _ => Any(depth),
    };

    private static Gen<string> Controls(int depth) => depth == 0
        ? Gen.Constant("[]")
        : Gen.Frequency(
            (12, from count in Gen.Choose(0, 4)
                 from controls in Gen.Frequency((9, Object(depth - 1, Member)), (1, Gen.Constant("null"))).ArrayOf(count)
                 select $"[{string.Join(',', controls)}]"),
            (1, from count in Gen.Choose(1022, 1026)
                from control in Gen.Elements("{}", "null", "{\"id\":\"i\"}")
                select $"[{string.Join(',', Enumerable.Repeat(control, count))}]"));

    private static Gen<string> Object(int depth, Func<int, Gen<string>> member) =>
        from count in Gen.Choose(0, 5)
        from members in member(depth).ArrayOf(count)
        from space in Gen.Elements(WhiteSpace[..5])
        select $"{{{space}{string.Join("," + space, members)}{space}}}";

    private static Gen<string> Any(int depth) => depth == 0
        ? Simple
        : Gen.Frequency(
            (4, Simple),
            (2, Object(depth - 1, Member)),
            (1, from count in Gen.Choose(0, 3) from items in Any(depth - 1).ArrayOf(count) select $"[{string.Join(',', items)}]"),
            (1, from deep in Gen.OneOf(Gen.Choose(30, 34), Gen.Choose(58, 66)) select new string('[', deep) + new string(']', deep)));

    private static string Unescaped(string name) =>
        (name.StartsWith("\\u00", StringComparison.Ordinal) ? (char)Convert.ToInt32(name[4..6], 16) + name[6..] : name).ToLowerInvariant();

    private static string MixCase(string name, int seed) =>
        string.Concat(
            name.Select((letter, index) => (seed >> index & 1) == 0 ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter)));

    private static string Repeat(string piece, int times) => string.Concat(Enumerable.Repeat(piece, times));

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
