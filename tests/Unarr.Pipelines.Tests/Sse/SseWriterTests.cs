using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public partial class SseWriterTests
{
    [Theory]
    [InlineData(SseDialect.Html, "a\nb", "data: a\ndata: b\n\n")]
    [InlineData(SseDialect.Html, "a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n")]
    [InlineData(SseDialect.Html, "a\n", "data: a\ndata: \n\n")]
    [InlineData(SseDialect.Html, "\r\r\n", "data: \ndata: \ndata: \n\n")]
    [InlineData(SseDialect.Html, "", "data: \n\n")]
    [InlineData(SseDialect.Html, " a ", "data:  a \n\n")]
    [InlineData(SseDialect.Agent, "a\nb", "data: a\ndata: b\n\n")]
    [InlineData(SseDialect.Agent, "a\r\r\nb", "data: a\ndata: b\n\n")]
    [InlineData(SseDialect.Agent, "a\rb", "data: a\rb\n\n")]
    [InlineData(SseDialect.Agent, "a\n\n", "data: a\ndata: \ndata: \n\n")]
    public void Data_is_split_at_the_line_ends_of_the_dialect(SseDialect dialect, string data, string written) =>
        Assert.Equal(written, Written(dialect, writer => writer.WriteEvent(Bytes(data))));

    [Theory]
    [InlineData(SseDialect.Html, "a\r\nb\rc\nd", ":a\n:b\n:c\n:d\n")]
    [InlineData(SseDialect.Html, "", ":\n")]
    [InlineData(SseDialect.Html, "a\r", ":a\n:\n")]
    [InlineData(SseDialect.Agent, " a\r\nb\rc", ": a\n:b\rc\n")]
    public void Comment_of_several_lines_becomes_as_many_comments(SseDialect dialect, string text, string written) =>
        Assert.Equal(written, Written(dialect, writer => writer.WriteComment(Bytes(text))));

    [Fact]
    public void Type_and_id_stand_before_the_data()
    {
        Assert.Equal("event: t\ndata: d\n\n", Written(SseDialect.Agent, writer => writer.WriteEvent("d"u8, "t"u8)));
        Assert.Equal("id: 7\nevent: t\ndata: d\n\n", Written(SseDialect.Html, writer => writer.WriteEvent("d"u8, "t"u8, "7"u8)));
        Assert.Equal("data: d\n\n", Written(SseDialect.Html, writer => writer.WriteEvent("d"u8, default, ""u8)));
    }

    [Fact]
    public void Retry_is_written_in_whole_milliseconds()
    {
        Assert.Equal("retry: 0\n", Written(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.Zero)));
        Assert.Equal("retry: 1\n", Written(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.FromTicks(19_999))));
        Assert.Equal("retry: 922337203685477\n", Written(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.MaxValue)));
        AssertRefused<ArgumentOutOfRangeException>(
            SseDialect.Html, writer => writer.WriteRetry(TimeSpan.FromTicks(-1)), "reconnectionInterval");
    }

    [Theory]
    [InlineData(SseDialect.Html, "a\nb", "d")]
    [InlineData(SseDialect.Html, "a\r", "d")]
    [InlineData(SseDialect.Agent, "a\nb", "d")]
    [InlineData(SseDialect.Agent, "a\r", "d")]
    [InlineData(SseDialect.Agent, " a", "d")]
    [InlineData(SseDialect.Agent, "a\u3000", "d")]
    [InlineData(SseDialect.Agent, "t", "")]
    [InlineData(SseDialect.Agent, "t", "\nd")]
    [InlineData(SseDialect.Agent, "t", "\r\nd")]
    [InlineData(SseDialect.Agent, "t", "d ")]
    [InlineData(SseDialect.Agent, "t", "d\r")]
    [InlineData(SseDialect.Agent, "t", "d\n\u2003e")]
    [InlineData(SseDialect.Agent, "t", "d \ne")]
    public void Event_that_the_dialect_cannot_carry_is_refused_before_a_byte_is_written(SseDialect dialect, string type, string data)
    {
        string parameter = type == "t" ? "data" : "eventType";
        AssertRefused<ArgumentException>(dialect, writer => writer.WriteEvent(Bytes(data), Bytes(type)), parameter);
        AssertRefused<ArgumentException>(dialect, writer => writer.WriteEvent(data, type), parameter);
        if (parameter == "eventType")
        {
            AssertRefused<ArgumentException>(
                dialect, writer => writer.WriteEvent(1, WrittenContext.Default.Int32, Bytes(type)), parameter);
        }
    }

    [Theory]
    [InlineData("1\n")]
    [InlineData("\r1")]
    [InlineData("1\0")]
    public void Id_with_a_line_end_or_NUL_is_refused(string id)
    {
        AssertRefused<ArgumentException>(SseDialect.Html, writer => writer.WriteEvent("d"u8, "t"u8, Bytes(id)), "id");
        AssertRefused<ArgumentException>(SseDialect.Html, writer => writer.WriteEvent("d", "t", id), "id");
        AssertRefused<ArgumentException>(
            SseDialect.Html, writer => writer.WriteEvent(1, WrittenContext.Default.Int32, "t"u8, Bytes(id)), "id");
        AssertRefused<ArgumentException>(SseDialect.Html, writer => writer.WriteLastEventId(Bytes(id)), "id");
    }

    [Theory]
    [InlineData("hb\r")]
    [InlineData("a\nhb\r\r")]
    public void Agent_comment_that_ends_in_a_CR_is_refused(string text) =>
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteComment(Bytes(text)), "text");

    [Fact]
    public void Agent_dialect_has_no_ids_and_no_reconnection_time()
    {
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteEvent("d"u8, "t"u8, "1"u8), "id");
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteEvent("d", "t", "1"), "id");
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteLastEventId("1"u8), "id");
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteLastEventId(default), "id");
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteRetry(TimeSpan.Zero), "reconnectionInterval");
    }

    [Fact]
    public void Bytes_that_only_look_like_white_space_are_carried()
    {
        string data = Encoding.Latin1.GetString([0x85, .. "x\u200B"u8, 0xE2, 0x80]);
        string written = Written(SseDialect.Agent, writer => writer.WriteEvent(Encoding.Latin1.GetBytes(data)));
        Assert.Equal([Frame.Event("message", data)], Framing.Whole(Encoding.Latin1.GetBytes(written), SseDialect.Agent));
    }

    [Fact]
    public void What_is_refused_is_told()
    {
        AssertTold(SseDialect.Html, "An event type cannot hold a line end.", writer => writer.WriteEvent("d"u8, "a\nb"u8));
        AssertTold(SseDialect.Html, "An event id cannot hold a line end or U+0000.", writer => writer.WriteEvent("d"u8, "t"u8, "\0"u8));
        AssertTold(
            SseDialect.Html, "An event id cannot hold a line end or U+0000.",
            writer => writer.WriteEvent(7, WrittenContext.Default.Int32, "t"u8, "\0"u8));
        AssertTold(SseDialect.Agent, "The agent dialect has no ids.", writer => writer.WriteEvent("d"u8, "t"u8, "1"u8));
        AssertTold(SseDialect.Agent, "The agent dialect has no reconnection time.", writer => writer.WriteRetry(TimeSpan.Zero));
        AssertTold(SseDialect.Agent, "The agent dialect drops a CR at the end of a comment.", writer => writer.WriteComment("hb\r"u8));
        AssertTold(
            SseDialect.Agent, "The agent dialect trims white space at the edges of an event type.",
            writer => writer.WriteEvent("d"u8, " t"u8));
        AssertTold(
            SseDialect.Agent, "The agent dialect trims white space at the edges of a data line.",
            writer => writer.WriteEvent("a\nb "u8, "t"u8));
        AssertTold(
            SseDialect.Agent, "The agent dialect cannot carry empty data, or an empty first line.",
            writer => writer.WriteEvent("\nb"u8, "t"u8));

        static void AssertTold(SseDialect dialect, string message, Action<SseWriter> write) => Assert.StartsWith(
            message + " (Parameter", Assert.Throws<ArgumentException>(() => Written(dialect, write)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_may_have_a_type_and_an_id() => Assert.Equal(
        "id: 7\nevent: t\ndata: 7\n\n",
        Written(SseDialect.Html, writer => writer.WriteEvent(7, WrittenContext.Default.Int32, "t"u8, "7"u8)));

    [Fact]
    public void Values_of_any_size_are_written_by_one_writer_one_after_the_other()
    {
        ArrayBufferWriter<byte> output = new();
        SseWriter writer = new(output);
        foreach (int count in new[] { 0, 1, 20, 300, 5, 70_000, 2 })
        {
            int[] numbers = [.. Enumerable.Range(0, count)];
            writer.WriteEvent(numbers, WrittenContext.Default.Int32Array);
            Assert.Equal($"data: [{string.Join(',', numbers)}]\n\n", Encoding.ASCII.GetString(output.WrittenSpan));
            output.ResetWrittenCount();
        }
    }

    [Fact]
    public void Value_without_a_contract_is_refused() => Assert.Throws<ArgumentNullException>(
        "typeInfo", () => Written(SseDialect.Html, writer => writer.WriteEvent(7, (JsonTypeInfo<int>)null!)));

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new SseWriter(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SseWriter(new ArrayBufferWriter<byte>(), (SseDialect)(-1)));
    }

    [Fact]
    public void Last_event_id_is_a_block_of_its_own_and_an_empty_one_resets_it()
    {
        string written = Written(SseDialect.Html, writer =>
        {
            writer.WriteLastEventId("1"u8);
            writer.WriteEvent("a"u8);
            writer.WriteLastEventId(default);
            writer.WriteEvent("b"u8);
        });
        Assert.Equal("id: 1\n\ndata: a\n\nid: \n\ndata: b\n\n", written);
        Assert.Equal(
            [Frame.Event("message", "a", "1"), Frame.Event("message", "b")], Framing.Whole(
                Encoding.Latin1.GetBytes(written), SseDialect.Html));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\r\nb\n\u00E9\uD83D\uDE00")]
    public void Strings_are_written_as_their_UTF8_bytes(string data)
    {
        foreach (string text in (string[])[data, data + new string('x', 300) + data])
        {
            Assert.Equal(
                Written(SseDialect.Html, writer => writer.WriteEvent(Bytes(text), Bytes("t\u00E9"), Bytes("i\u00E9"))),
                Written(SseDialect.Html, writer => writer.WriteEvent(text, "t\u00E9", "i\u00E9")));
        }
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_written_as_a_replacement_character() =>
        Assert.Equal(
            "id: \uFFFD\nevent: \uFFFD\ndata: \uFFFDb\uFFFD\n\n",
            Encoding.UTF8.GetString(
                Encoding.Latin1.GetBytes(Written(SseDialect.Html, writer => writer.WriteEvent("\uD83Db\uDE00", "\uDE00", "\uD83D")))));

    [Theory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Value_is_written_as_the_JSON_of_its_contract(SseDialect dialect)
    {
        var value = new WrittenValue("a\r\nb", ["\u00E9", " c "]);
        string json = JsonSerializer.Serialize(value, WrittenContext.Default.WrittenValue);
        Assert.Equal($"event: t\ndata: {json}\n\n",
            Written(dialect, writer => writer.WriteEvent(value, WrittenContext.Default.WrittenValue, "t"u8)));
        Assert.Equal("data: null\n\n", Written(dialect, writer => writer.WriteEvent(null!, WrittenContext.Default.WrittenValue)));
    }

    [Theory]
    [InlineData(SseDialect.Html, "\n")]
    [InlineData(SseDialect.Html, "\r\n")]
    [InlineData(SseDialect.Agent, "\n")]
    [InlineData(SseDialect.Agent, "\r\n")]
    public void Indented_value_is_several_lines_of_data_and_the_same_value(SseDialect dialect, string newLine)
    {
        var context = new WrittenContext(new JsonSerializerOptions { WriteIndented = true, NewLine = newLine, IndentSize = 3 });
        var value = new WrittenValue("a\r\nb", ["c", " "]);
        string written = Written(dialect, writer => writer.WriteEvent(value, context.WrittenValue));
        string lines = string.Concat(
            JsonSerializer.Serialize(value, context.WrittenValue).Split(newLine).Select(line => $"data: {line}\n"));
        Assert.Equal(lines + "\n", written);
        Frame read = Assert.Single(Framing.Whole(Encoding.Latin1.GetBytes(written), dialect));
        Assert.Equivalent(value, JsonSerializer.Deserialize(read.Value, WrittenContext.Default.WrittenValue), strict: true);
    }

    [Fact]
    public void Options_of_each_contract_hold_for_its_own_value()
    {
        var indented = new WrittenContext(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" });
        string written = Written(SseDialect.Html, writer =>
        {
            writer.WriteEvent([1], WrittenContext.Default.Int32Array);
            writer.WriteEvent([1], indented.Int32Array);
            writer.WriteEvent([1], WrittenContext.Default.Int32Array);
        });
        Assert.Equal("data: [1]\n\ndata: [\ndata:   1\ndata: ]\n\ndata: [1]\n\n", written);
    }

    [Fact]
    public void Contract_that_throws_leaves_nothing_written_and_the_writer_usable()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SseWriter(output);
        IEnumerable<int> Failing()
        {
            for (int number = 0; number < 10_000; number++)
            {
                yield return number;
            }

            throw new FormatException();
        }

        Assert.Throws<FormatException>(() => writer.WriteEvent(Failing(), WrittenContext.Default.IEnumerableInt32));
        Assert.Equal(0, output.WrittenCount);
        writer.WriteEvent([1], WrittenContext.Default.IEnumerableInt32);
        Assert.Equal("data: [1]\n\n", Encoding.ASCII.GetString(output.WrittenSpan));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Written(SseDialect dialect, Action<SseWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new SseWriter(output, dialect));
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static void AssertRefused<TException>(SseDialect dialect, Action<SseWriter> write, string parameter)
        where TException : ArgumentException
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(parameter, Assert.Throws<TException>(() => write(new SseWriter(output, dialect))).ParamName);
        Assert.Equal(0, output.WrittenCount);
    }

    internal sealed record WrittenValue(string Text, string[] More);

    [JsonSerializable(typeof(WrittenValue))]
    [JsonSerializable(typeof(int))]
    [JsonSerializable(typeof(int[]))]
    [JsonSerializable(typeof(IEnumerable<int>))]
    internal sealed partial class WrittenContext : JsonSerializerContext;
}
