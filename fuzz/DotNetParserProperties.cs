using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

public class DotNetParserProperties
{
    [Many(20_000)]
    public bool Events_ids_and_reconnection_times_are_those_of_the_runtimes_own_parser_but_for_its_named_deviations(StreamCase stream) =>
        DotNetParser.Of(Framing.Reads(stream.Reads, SseDialect.Html)).SequenceEqual(DotNetParser.Read(stream.Stream, stream.ReadSizes));

    [Many(10_000)]
    public async Task<bool> Items_of_the_reader_are_those_of_the_runtimes_own_parser_but_for_its_named_deviations(StreamCase stream)
    {
        await using var reader = new SseReader(new WaitingStream(stream.Reads, waitEvery: 3));
        return (await DotNetParser.ItemsOfAsync(reader)).SequenceEqual(DotNetParser.ReadItems(stream.Stream, stream.ReadSizes));
    }
}
