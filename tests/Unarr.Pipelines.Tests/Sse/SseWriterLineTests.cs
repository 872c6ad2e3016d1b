using System.Buffers;
using System.Text;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Events of one line, which are copied and checked in blocks: of every length, with every byte at every place.</summary>
public sealed class SseWriterLineTests
{
    private const int Longest = 140;

    [Theory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Event_of_any_length_is_written_whole_and_nothing_beside_it(SseDialect dialect)
    {
        for (int length = 1; length <= Longest; length++)
        {
            string data = Text(length);
            string type = Text(1 + (length % 50));
            ExactOutput output = new();
            new SseWriter(output, dialect).WriteEvent(Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(type));
            Assert.Equal($"event: {type}\ndata: {data}\n\n", output.Text);
        }
    }

    [Theory]
    [InlineData('\n')]
    [InlineData('\r')]
    public void Line_end_at_any_place_of_the_data_splits_it(char end)
    {
        for (int length = 3; length <= Longest; length++)
        {
            for (int at = 1; at < length - 1; at++)
            {
                string first = Text(at);
                string second = Text(length - at - 1);
                ExactOutput output = new();
                new SseWriter(output).WriteEvent(Encoding.UTF8.GetBytes($"{first}{end}{second}"), "t"u8);
                Assert.Equal($"event: t\ndata: {first}\ndata: {second}\n\n", output.Text);
            }
        }
    }

    [Theory]
    [InlineData(SseDialect.Html, '\n')]
    [InlineData(SseDialect.Html, '\r')]
    [InlineData(SseDialect.Agent, '\n')]
    public void Line_end_at_any_place_of_the_type_is_refused_and_nothing_written(SseDialect dialect, char end)
    {
        for (int length = 1; length <= Longest; length++)
        {
            for (int at = 0; at < length; at++)
            {
                byte[] type = Encoding.UTF8.GetBytes(Text(length));
                type[at] = (byte)end;
                ExactOutput output = new();
                Assert.Throws<ArgumentException>("eventType", () => new SseWriter(output, dialect).WriteEvent("d"u8, type));
                Assert.Equal("", output.Text);
            }
        }
    }

    [Fact]
    public void Other_control_characters_at_any_place_are_written_as_they_are()
    {
        foreach (char control in "\0\t\v\f\u000E")
        {
            for (int at = 0; at < Longest; at++)
            {
                char[] data = Text(Longest).ToCharArray();
                data[at] = control;
                ExactOutput output = new();
                new SseWriter(output).WriteEvent(Encoding.UTF8.GetBytes(data));
                Assert.Equal($"data: {new string(data)}\n\n", output.Text);
            }
        }
    }

    private static string Text(int length) => string.Create(length, 0, static (text, _) =>
    {
        for (int at = 0; at < text.Length; at++)
        {
            text[at] = (char)('0' + (at % 70));
        }
    });

    /// <summary>Gives exactly the room that it is asked for, and sees that nothing beside it is written to.</summary>
    private sealed class ExactOutput : IBufferWriter<byte>
    {
        private const byte Untouched = 0xA5;
        private readonly StringBuilder _text = new();
        private byte[] _room = [];
        private int _length;

        public string Text => _text.ToString();

        public void Advance(int count)
        {
            Assert.InRange(count, 0, _length);
            Assert.Equal(Untouched, _room[0]);
            Assert.Equal(-1, _room.AsSpan(_length + 1).IndexOfAnyExcept(Untouched));
            _text.Append(Encoding.UTF8.GetString(_room, 1, count));
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            _length = Math.Max(sizeHint, 1);
            _room = new byte[_length + 65];
            Array.Fill(_room, Untouched);
            return _room.AsMemory(1, _length);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
