using System.Buffers;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class SseWriterTests
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
        Assert.Equal("event: t\ndata: d\n\n", Written(SseDialect.Agent, writer => writer.WriteEvent("t"u8, "d"u8)));
        Assert.Equal("id: 7\nevent: t\ndata: d\n\n", Written(SseDialect.Html, writer => writer.WriteEvent("t"u8, "d"u8, "7"u8)));
        Assert.Equal("id: \ndata: d\n\n", Written(SseDialect.Html, writer => writer.WriteEvent(default, "d"u8, default)));
    }

    [Fact]
    public void Retry_is_written_in_whole_milliseconds()
    {
        Assert.Equal("retry: 0\n", Written(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.Zero)));
        Assert.Equal("retry: 1\n", Written(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.FromTicks(19_999))));
        Assert.Equal("retry: 922337203685477\n", Written(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.MaxValue)));
        AssertRefused<ArgumentOutOfRangeException>(SseDialect.Html, writer => writer.WriteRetry(TimeSpan.FromTicks(-1)));
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
    public void Event_that_the_dialect_cannot_carry_is_refused_before_a_byte_is_written(SseDialect dialect, string type, string data) =>
        AssertRefused<ArgumentException>(dialect, writer => writer.WriteEvent(Bytes(type), Bytes(data)));

    [Theory]
    [InlineData("1\n")]
    [InlineData("\r1")]
    [InlineData("1\0")]
    public void Id_with_a_line_end_or_NUL_is_refused(string id) =>
        AssertRefused<ArgumentException>(SseDialect.Html, writer => writer.WriteEvent("t"u8, "d"u8, Bytes(id)));

    [Theory]
    [InlineData("hb\r")]
    [InlineData("a\nhb\r\r")]
    public void Agent_comment_that_ends_in_a_CR_is_refused(string text) =>
        AssertRefused<ArgumentException>(SseDialect.Agent, writer => writer.WriteComment(Bytes(text)));

    [Fact]
    public void Agent_dialect_has_no_ids_and_no_reconnection_time()
    {
        AssertRefused<InvalidOperationException>(SseDialect.Agent, writer => writer.WriteEvent("t"u8, "d"u8, "1"u8));
        AssertRefused<InvalidOperationException>(SseDialect.Agent, writer => writer.WriteRetry(TimeSpan.Zero));
    }

    [Fact]
    public void Bytes_that_only_look_like_white_space_are_carried()
    {
        string data = Encoding.Latin1.GetString([0x85, .. "x\u200B"u8, 0xE2, 0x80]);
        string written = Written(SseDialect.Agent, writer => writer.WriteEvent(Encoding.Latin1.GetBytes(data)));
        Assert.Equal([Frame.Event("message", data)], Framing.Whole(Encoding.Latin1.GetBytes(written), SseDialect.Agent));
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new SseWriter(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SseWriter(new ArrayBufferWriter<byte>(), (SseDialect)(-1)));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Written(SseDialect dialect, Action<SseWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new SseWriter(output, dialect));
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static void AssertRefused<TException>(SseDialect dialect, Action<SseWriter> write)
        where TException : Exception
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<TException>(() => write(new SseWriter(output, dialect)));
        Assert.Equal(0, output.WrittenCount);
    }
}
