using Unarr.Pipelines.Bench.Benchmarks;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench;

/// <summary>Sees before the run that every contestant finds on every corpus what is in it.</summary>
/// <remarks>
/// Many rounds of it are the warm-up too: in one process the framer is compiled once, from a profile of all corpora and not of whichever
/// happens to be measured first.
/// </remarks>
internal static class SelfCheck
{
    private const int SmallReads = 1460;

    // What is short takes many calls until it is compiled for good.
    private const int Calls = 50;

    public static async Task RunAsync(int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            foreach (Corpus corpus in Standard.All)
            {
                await CheckAsync(corpus);
            }

            await WarmWriterAsync();
            CheckDecoders();
        }
    }

    private static async Task CheckAsync(Corpus corpus)
    {
        await using (ParserPass parser = new(new PassStream(corpus.Bytes)))
        {
            Expect(corpus, nameof(parser), corpus.DataBytes, await parser.ReadAsync(corpus));
        }

        foreach (SseDialect dialect in Enum.GetValues<SseDialect>())
        {
            int frames = dialect == SseDialect.Html ? corpus.Frames : corpus.Frames - corpus.Retries;
            using FramerPass framer = new(dialect);
            Expect(corpus, nameof(framer), corpus.DataBytes, framer.Read(corpus));
            Expect(corpus, nameof(framer), frames, framer.Frames);
            await using ReaderPass reader = new(new PassStream(corpus.Bytes, SmallReads), dialect);
            Expect(corpus, nameof(reader), corpus.DataBytes, await reader.ReadAsync(corpus));
            Expect(corpus, nameof(reader), frames, reader.Frames);
        }
    }

    private static async Task WarmWriterAsync()
    {
        WriterBench bench = new() { Corpus = Standard.Command };
        bench.Setup();
        for (int call = 0; call < Calls; call++)
        {
            await bench.Formatter();
            bench.Html();
            bench.Agent();
        }

        bench.Cleanup();
    }

    private static void CheckDecoders()
    {
        foreach (Corpus corpus in DecodeBench.Corpora)
        {
            DecodeBench bench = new() { Corpus = corpus };
            bench.Setup();
            for (int call = 0; call < Calls; call++)
            {
                Expect(corpus, nameof(bench.Plain), corpus.Items, bench.Plain());
                Expect(corpus, nameof(bench.Protocol), corpus.Items, bench.Protocol());
            }
        }
    }

    private static void Expect(Corpus corpus, string contestant, long expected, long actual)
    {
        if (actual != expected)
        {
            throw new InvalidOperationException($"The {contestant} found {actual} in \"{corpus}\", where {expected} was to be found.");
        }
    }
}
