using Unarr.Pipelines.Bench.Benchmarks;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>The table of targets.</summary>
internal static class Targets
{
    public static IEnumerable<Target> Of(Row row) => (row.Section, row.Contestant) switch
    {
        ("Framer", Names.FramerHtml) => [.. Framer(row), Target.NoAllocation()],
        ("Framer", Names.FramerAgent) => [.. Framer(row), Target.Like(Names.FramerHtml), Target.NoAllocation()],
        ("Reader", Names.ReaderHtml) => [.. Reader(row), Target.NoAllocation()],
        ("Reader", Names.ReaderAgent) => [.. Reader(row), Target.Like(Names.ReaderHtml), Target.NoAllocation()],
        ("OneByte", Names.ReaderHtml or Names.ReaderAgent) => [Target.Linear()],
        ("Writer", Names.WriterHtml) => [Times(Names.Formatter, 4), Target.NoAllocation()],
        ("Writer", Names.WriterAgent) => [Times(Names.Formatter, 3.8), Target.NoAllocation()],
        ("Writer", Names.WriterToBody) => [Target.NoAllocation()],
        ("Decode", Names.ProtocolContext) =>
        [
            Times(Names.PlainContext, row.Corpus.HasNewTasks ? 2.4 : 2.5),
            .. row.Corpus.Items == 1 ? (Target[])[Target.Bytes(224)] : [],
        ],
        ("Http", Names.Reader) when row.Corpus.Name == Standard.TokenInChunks.Name =>
        [
            Target.Over(Names.Floor, 1 / 1.15, "≤ 1.15× the floor's time"),
        ],
        ("Http", Names.ReaderOwnHandler) when row.Corpus.Name == Standard.TokenInChunks.Name =>
        [
            Target.Over(Names.Floor, 1 / 0.9, "≤ 0.9× the floor's time"),
        ],
        ("Http", Names.Reader) =>
        [
            Target.Over(Names.Floor, 0.8, "≥ 0.8× the floor"), Times(Names.Parser, 1.5), Target.NoAllocation(beyond: Names.Floor),
        ],
        _ => [],
    };

    private static IEnumerable<Target> Framer(Row row) => row.Corpus.Name switch
    {
        "command" => [Times(Names.Parser, 8)],
        "command, CRLF" => [Times(Names.Parser, 7)],
        "token" => [Times(Names.Parser, 6)],
        "token, CRLF" => [Times(Names.Parser, 5.5)],
        "heartbeat" => [Times(Names.Parser, 3)],
        "1 MiB" => [Times(Names.Parser, 2)],
        "multi-line" => [Times(Names.Parser, 2.7)],
        "mixed" => [Times(Names.Parser, 3.3)],
        "64 KiB" => [Target.Over(Names.Count, 0.7, "≥ 0.7× Span.Count")],
        _ => [],
    };

    private static IEnumerable<Target> Reader(Row row) => (row.ReadBytes, row.Corpus.Name) switch
    {
        (65536, "command") => [Times(Names.Parser, 4)],
        (65536, "token") => [Times(Names.Parser, 3)],
        (65536, "heartbeat") => [Times(Names.Parser, 2.5)],
        (65536, "64 KiB") => [Times(Names.Parser, 1.2)],
        (65536, "multi-line") => [Times(Names.Parser, 2.2)],
        (65536, "1 MiB") => [Times(Names.Parser, 1)],
        (1460, "command" or "token") => [Times(Names.Parser, 2.5)],
        (1460, "64 KiB") => [Times(Names.Parser, 1.5)],
        (1460, "1 MiB") => [Times(Names.Parser, 1)],
        (16, "command" or "token" or "64 KiB") => [Times(Names.Parser, 1.3)],
        (1, "token") => [Times(Names.Parser, 2)],
        (1, "heartbeat") => [Times(Names.Parser, 0.9)],
        _ => [],
    };

    private static Target Times(string contestant, double least) => Target.Over(contestant, least, $"≥ {Figures.Times(least)}");
}
