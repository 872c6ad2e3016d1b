using FsCheck;
using FsCheck.Fluent;

namespace Unarr.Pipelines.Fuzz;

/// <summary>Random pieces of event streams, near what the grammar knows: every rule is met often, and so is its near miss.</summary>
/// <remarks>Bytes stand as the characters U+0000–U+00FF.</remarks>
internal static class Grammar
{
    private static readonly string[] LineEnds = ["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\r\r\n", "\n\r", "\r\r", "\n\n", "\r\n\r\n"];

    private static readonly string[] Names =
        ["data", "data", "data", "event", "event", "id", "retry", "", "", "Data", "dat", "datax", "data ", " data", "\u0000",
            "other", "ID"];

    private static readonly string[] Colons = [":", ":", ":", ":", "", "::", " :"];

    private static readonly string[] WhiteSpace =
    [
        " ", " ", " ", "\t", "\u000B", "\u000C", "\r", Utf8(0x85), Utf8(0xA0), Utf8(0x1680), .. Enumerable.Range(0x2000, 11).Select(Utf8),
        Utf8(0x2028), Utf8(0x2029), Utf8(0x202F), Utf8(0x205F), Utf8(0x3000),
    ];

    private static readonly string[] NearMisses =
    [
        "\u001C", "\u001D", "\u001E", "\u001F", "\0", Utf8(0x180E), Utf8(0x200B), Utf8(0x200D), Utf8(0x2027), Utf8(0x2030), Utf8(0x2060),
        Utf8(0xFEFF),
        "\u0085", "\u00A0", "\u00C2", "\u00E2", "\u00E2\u0080", "\u00E1\u009A", "\u00E3\u0080", "\u00F0\u009F\u0098", "\u00C0\u00A0",
        "\u00ED\u00A0\u0080", "\u00FF",
    ];

    private static readonly string[] Values =
    [
        "", "", "a", "b", "x:y", "message", "0", "17", "007", "+5", "1.5", "922337203685477", "922337203685478",
        "99999999999999999999999999",
        "12\0", "\0", "i\0d", "data: z", Utf8(0xE9), Utf8(0x1F600),
    ];

    private static readonly string[] ByteOrderMarks =
        ["", "", "", "\u00EF\u00BB\u00BF", "\u00EF\u00BB\u00BF\u00EF\u00BB\u00BF", "\u00EF", "\u00EF\u00BB", "\u00BB\u00BF"];

    public static Gen<string> ByteOrderMark { get; } = Gen.Elements(ByteOrderMarks);

    public static Gen<string> LineEnd { get; } = Gen.Elements(LineEnds);

    public static Gen<string> Blanks { get; } =
        from count in Gen.Frequency((5, Gen.Constant(0)), (4, Gen.Constant(1)), (2, Gen.Choose(2, 3)))
        from blanks in Gen.Frequency((5, Gen.Elements(WhiteSpace)), (1, Gen.Elements(NearMisses))).ArrayOf(count)
        select string.Concat(blanks);

    public static Gen<string> Value { get; } = Gen.Frequency(
        (6, Gen.Elements(Values)),
        (1, Gen.Elements(NearMisses)),
        (2, from length in Gen.Choose(0, 70) select new string('v', length)),
        (1, from values in Gen.Elements([.. Values, .. NearMisses, .. WhiteSpace]).ArrayOf(4) select string.Concat(values)));

    /// <summary>A line without its end.</summary>
    public static Gen<string> Content { get; } =
        from name in Gen.Elements(Names)
        from colon in Gen.Elements(Colons)
        from leading in Blanks
        from value in Value
        from trailing in Blanks
        select name + colon + leading + value + trailing;

    public static Gen<string> Line { get; } = Gen.Frequency(
        (3, LineEnd),
        (7, from content in Content from end in LineEnd select content + end),
        (1, Content));

    /// <summary>A text that an event could hold: often expressible, sometimes not.</summary>
    public static Gen<string> Text { get; } =
        from parts in Gen.Frequency((4, Value), (1, Blanks), (2, LineEnd)).ArrayOf()
        from count in Gen.Choose(0, 4)
        select string.Concat(parts.Take(count));

    private static string Utf8(int scalar) =>
        System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(char.ConvertFromUtf32(scalar)));
}
