using System.Net.ServerSentEvents;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>.NET's own parser as a third opinion on events, ids and reconnection times.</summary>
/// <remarks>
/// Where it deviates from the standard, one method named after the deviation takes it out: by rewriting a line of its input, or by
/// translating what is compared. Comments it does not give, and of ids only the one in force at each event is compared: it puts an id in
/// force before the blank line, which shows at the end of a stream only.
/// </remarks>
internal static class DotNetParser
{
    private static readonly Bounds Unbounded = new() { MaxLineBytes = 1 << 20 };

    public static List<Item> Read(byte[] stream, IEnumerable<int> readSizes)
    {
        using var input = new ChunkedStream(Framing.Split(WithoutDeviations(stream), [.. readSizes]));
        SseParser<string> parser = SseParser.Create(input, Latin1);
        var items = new List<Item>();
        foreach (SseItem<string> item in parser.Enumerate())
        {
            items.Add(new Item(TypeIsGivenEmptyWhenItsValueIsEmpty(item.EventType), item.Data, parser.LastEventId, Milliseconds(parser)));
        }

        items.Add(new Item("", "", "", Milliseconds(parser)));
        return items;
    }

    /// <summary>The items themselves: each with the id and the reconnection time that were set for it.</summary>
    public static List<SseItem<string>> ReadItems(byte[] stream, IEnumerable<int> readSizes)
    {
        using var input = new ChunkedStream(Framing.Split(WithoutDeviations(stream), [.. readSizes]));
        return [.. SseParser.Create(input, Latin1).Enumerate().Select(Comparable)];
    }

    /// <summary>The reader's items in the form that both can be compared in.</summary>
    public static async Task<List<SseItem<string>>> ItemsOfAsync(SseSource source) =>
        await source.ReadAllAsync(Latin1).Select(Comparable).ToListAsync();

    /// <summary>The framer's frames in the form that both can be compared in.</summary>
    public static List<Item> Of(IEnumerable<Frame> frames)
    {
        var items = new List<Item>();
        long milliseconds = -1;
        foreach (Frame frame in frames)
        {
            milliseconds = frame.Kind == "retry" ? frame.Milliseconds : milliseconds;
            if (frame.Kind == "event")
            {
                items.Add(new Item(InvalidUtf8IsDecodedWithReplacement(frame.Type), frame.Value,
                    InvalidUtf8IsDecodedWithReplacement(frame.Id), milliseconds));
            }
        }

        items.Add(new Item("", "", "", milliseconds));
        return items;
    }

    private static string Latin1(string type, ReadOnlySpan<byte> data) => Encoding.Latin1.GetString(data);

    private static SseItem<string> Comparable(SseItem<string> item) =>
        new(item.Data, TypeIsGivenEmptyWhenItsValueIsEmpty(item.EventType))
        {
            EventId = item.EventId,
            ReconnectionInterval = item.ReconnectionInterval is { } interval ? LargestTimeHasNoFractionOfAMillisecond(interval) : null,
        };

    private static TimeSpan LargestTimeHasNoFractionOfAMillisecond(TimeSpan interval) =>
        TimeSpan.FromTicks(interval.Ticks - (interval.Ticks % TimeSpan.TicksPerMillisecond));

    private static long Milliseconds(SseParser<string> parser) =>
        parser.ReconnectionInterval == Timeout.InfiniteTimeSpan ? -1 : parser.ReconnectionInterval.Ticks / TimeSpan.TicksPerMillisecond;

    private static string TypeIsGivenEmptyWhenItsValueIsEmpty(string type) => type.Length > 0 ? type : "message";

    private static string InvalidUtf8IsDecodedWithReplacement(string bytes) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));

    private static byte[] WithoutDeviations(byte[] stream)
    {
        var rewritten = new StringBuilder();
        bool hasData = false;
        List<ReferenceLine> lines = ReferenceWhatWg.Lines(stream);
        rewritten.Append(Encoding.Latin1.GetString(stream.AsSpan(0, lines.Count > 0 ? (int)lines[0].Offset : stream.Length)));
        foreach (ReferenceLine line in lines)
        {
            rewritten.Append(RetryWithTrailingNulIsAccepted(RetryPastTimeSpanIsIgnored(line.Content))).Append(line.Terminator);
            if (line.Content.Length == 0)
            {
                rewritten.Append(BlankLineWithoutDataDoesNotResetTheType(hasData));
                hasData = false;
            }

            hasData |= ReferenceWhatWg.Field(line.Content).Name == "data";
        }

        return Encoding.Latin1.GetBytes(rewritten.ToString());
    }

    private static string BlankLineWithoutDataDoesNotResetTheType(bool hasData) => hasData ? "" : "event\n";

    private static string RetryWithTrailingNulIsAccepted(string line) =>
        ReferenceWhatWg.Field(line) is ("retry", [.., '\0']) ? "retry: none" : line;

    private static string RetryPastTimeSpanIsIgnored(string line) =>
        ReferenceWhatWg.Field(line) is ("retry", { Length: > 0 } value) && value.All(char.IsAsciiDigit)
            ? $"retry: {Reference.Read(Encoding.Latin1.GetBytes(line + "\n"), SseDialect.Html, Unbounded)[0].Milliseconds}"
            : line;

    /// <summary>An event, or the end of the stream, and the reconnection time in force there (-1: none yet).</summary>
    public sealed record Item(string Type, string Data, string Id, long Milliseconds);
}
