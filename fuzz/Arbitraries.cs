using FsCheck;
using FsCheck.Fluent;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>The generators that the properties' parameters come from.</summary>
public static class Arbitraries
{
    private static readonly Gen<SseDialect> Dialects = Gen.Elements(SseDialect.Agent, SseDialect.Html);

    private static readonly Gen<int> Bound = Gen.Frequency((1, Gen.Choose(16, 64)), (1, Gen.Constant(64 * 1024)));

    private static readonly Gen<Bounds> Limits =
        from line in Bound
        from data in Bound
        select new Bounds { MaxLineBytes = line, MaxEventBytes = data };

    private static readonly Gen<int[]> ReadSizes =
        from count in Gen.Choose(1, 4)
        from sizes in Gen.Frequency((3, Gen.Choose(0, 3)), (2, Gen.Choose(1, 70)), (1, Gen.Choose(60, 200))).ArrayOf(count)
        select sizes;

    public static Arbitrary<StreamCase> Streams() => Arb.From(
        from dialect in Dialects
        from limits in Limits
        from mark in Grammar.ByteOrderMark
        from lines in Grammar.Line.ArrayOf()
        from sizes in ReadSizes
        select new StreamCase(dialect, limits, [mark, .. lines], sizes),
        Shrink);

    public static Arbitrary<RandomPayload> Payloads() => Arb.From(
        from payload in PayloadGrammar.Payload
        from piece in Gen.Frequency((1, Gen.Choose(1, 7)), (1, Gen.Choose(8, 500)))
        select new RandomPayload(payload, piece),
        static payload =>
            from part in Enumerable.Range(1, 8)
            let length = payload.Text.Length >> part
            where length > 0
            from index in Enumerable.Range(0, payload.Text.Length / length)
            select payload with { Text = payload.Text.Remove(index * length, length) });

    public static Arbitrary<RandomBytes> Bytes() => Arb.From(
        from dialect in Dialects
        from limits in Limits
        from bytes in Gen.Frequency(
            (1, Gen.Choose(0, 255)), (2, Gen.Elements("\r\n: \tdateviryn\0"u8.ToArray()).Select(value => (int)value))).ArrayOf()
        from sizes in ReadSizes
        select new RandomBytes(new StreamCase(dialect, limits, [.. bytes.Select(value => ((char)value).ToString())], sizes)),
        random => Shrink(random.Case).Select(shrunk => new RandomBytes(shrunk)));

    public static Arbitrary<EdgeCase> Edges() => Arb.From(
        from dialect in Dialects
        from bound in Gen.Frequency((2, Gen.Choose(16, 200)), (1, Gen.Choose(16, 5000)))
        from delta in Gen.Choose(-2, 2)
        from start in Gen.Elements(":", "data:", "event:", "id:", "unknown", "x")
        from terminator in Gen.Elements("\n", "\r\n", "\r\r\n", "\r", "")
        from mark in Gen.Elements("", "\u00EF\u00BB\u00BF")
        from before in Gen.Elements("", "\n", ": before\r\n", "data: a\n\n")
        from readSize in Gen.Choose(1, 6000)
        select new EdgeCase(dialect, bound, delta, start, terminator, mark, before, readSize));

    public static Arbitrary<SmallPieces> Pieces() => Arb.From(
        from dialect in Dialects
        from bound in Gen.Choose(16, 300)
        from delta in Gen.Choose(-2, 2)
        from pieces in Gen.Choose(1, 40).ArrayOf()
        from readSize in Gen.Choose(1, 400)
        select new SmallPieces(dialect, bound, delta, pieces, readSize));

    public static Arbitrary<Message> Messages() => Arb.From(
        from dialect in Dialects
        from type in Gen.Frequency((2, Gen.Constant("")), (2, Grammar.Value), (1, Grammar.Text))
        from data in Grammar.Text
        from id in Gen.Frequency((2, Gen.Constant("")), (2, Grammar.Value), (1, Grammar.Text))
        select new Message(dialect, type, data, id));

    private static IEnumerable<StreamCase> Shrink(StreamCase original)
    {
        for (int run = original.Lines.Length; run > 0; run /= 2)
        {
            for (int at = 0; at + run <= original.Lines.Length; at += run)
            {
                yield return original with { Lines = [.. original.Lines[..at], .. original.Lines[(at + run)..]] };
            }
        }

        for (int line = 0; line < original.Lines.Length; line++)
        {
            for (int at = 0; at < original.Lines[line].Length && original.Lines[line].Length > 1; at++)
            {
                string[] lines = [.. original.Lines];
                lines[line] = lines[line].Remove(at, 1);
                yield return original with { Lines = lines };
            }
        }

        if (original.ReadSizes.Length > 1)
        {
            yield return original with { ReadSizes = [1] };
        }
    }
}
