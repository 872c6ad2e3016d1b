using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

public partial class WriterProperties
{
    [Many(20_000)]
    public bool Strings_are_written_or_refused_as_their_UTF8_bytes_with_replacement_characters(Message message)
    {
        (string type, string data, string id) = (Surrogates(message.Type), Surrogates(message.Data), Surrogates(message.Id));
        return Outcome(message.Dialect, writer => writer.WriteEvent(data, type, id))
            == Outcome(message.Dialect,
                writer => writer.WriteEvent(Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes(id)));
    }

    [Many(5_000)]
    public async Task<bool> What_all_overloads_wrote_the_reader_reads_back_in_order(Message[] messages, StreamCase cuts)
    {
        SseDialect dialect = cuts.Dialect;
        var output = new ArrayBufferWriter<byte>();
        var writer = new SseWriter(output, dialect);
        List<Frame> expected = [];
        string lastEventId = "";
        foreach ((int index, Message message) in messages.Where(message => message.Dialect == dialect && message.IsExpressible).Index())
        {
            string id = dialect == SseDialect.Html ? message.Id : "";
            lastEventId = id.Length > 0 || index % 3 == 2 ? id : lastEventId;
            expected.Add(message.Expected with { Id = dialect == SseDialect.Html ? lastEventId : "" });
            byte[] type = Encoding.Latin1.GetBytes(message.Type);
            byte[] data = Encoding.Latin1.GetBytes(message.Data);
            byte[] idBytes = Encoding.Latin1.GetBytes(id);
            if (index % 3 == 2 && dialect == SseDialect.Html)
            {
                writer.WriteLastEventId(idBytes);
                writer.WriteEvent(data, type);
                writer.WriteRetry(TimeSpan.FromMilliseconds(index));
                expected.Add(Frame.Retry(index));
            }
            else if (index % 3 == 1 && IsAscii(message))
            {
                writer.WriteEvent(message.Data, message.Type, id);
            }
            else
            {
                writer.WriteEvent(data, type, idBytes);
                writer.WriteComment("hb"u8);
                expected.Add(Frame.Comment("hb"));
            }
        }

        byte[] written = output.WrittenSpan.ToArray();
        return (await Framing.StreamedAsync(Framing.Split(written, cuts.ReadSizes), dialect, waitEvery: 3)).SequenceEqual(expected);
    }

    [Many(5_000)]
    public async Task<bool> Values_written_as_JSON_are_read_back_as_they_were(
        Message message, StreamCase cuts, bool indented, bool carriageReturns)
    {
        var context = new TextsContext(new JsonSerializerOptions { WriteIndented = indented, NewLine = carriageReturns ? "\r\n" : "\n" });
        var value = new Texts(message.Type, [message.Data, message.Id]);
        var output = new ArrayBufferWriter<byte>();
        var writer = new SseWriter(output, message.Dialect);
        writer.WriteEvent(value, context.Texts, "t"u8);
        writer.WriteEvent(value, context.Texts);
        await using var reader = new SseReader(
            new WaitingStream(Framing.Split(output.WrittenSpan.ToArray(), cuts.ReadSizes), waitEvery: 3), Bounds.Options(message.Dialect));
        List<SseItem<Texts>> items = await reader.ReadAllAsync(context.Texts).ToListAsync();
        return items.Select(item => item.EventType).SequenceEqual(["t", "message"])
            && items.All(item => item.Data.Text == value.Text && item.Data.More.SequenceEqual(value.More));
    }

    private static bool IsAscii(Message message) => Ascii.IsValid(message.Type) && Ascii.IsValid(message.Data) && Ascii.IsValid(message.Id);

    /// <summary>Puts whole and half surrogate pairs into a text.</summary>
    private static string Surrogates(string text) =>
        text.Replace('a', '\uD83D').Replace('b', '\uDE00').Replace("v", "\uD83D\uDE00", StringComparison.Ordinal);

    /// <summary>What was written, or how it was refused.</summary>
    private static string Outcome(SseDialect dialect, Action<SseWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            write(new SseWriter(output, dialect));
        }
        catch (ArgumentException refused)
        {
            return $"refused: {refused.ParamName}, {output.WrittenCount} bytes";
        }

        return Convert.ToHexString(output.WrittenSpan);
    }

    internal sealed record Texts(string Text, string[] More);

    [JsonSerializable(typeof(Texts))]
    internal sealed partial class TextsContext : JsonSerializerContext;
}
