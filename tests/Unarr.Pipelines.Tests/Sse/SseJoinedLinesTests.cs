using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Events of several lines, short and long, near the bounds and away from them, are those of the reference.</summary>
public sealed class SseJoinedLinesTests
{
    private const int Streams = 3000;

    private static readonly string[] Ends = ["\n", "\r\n", "\r", "\r\r\n"];

    private static readonly string[] Names =
        ["data: ", "data: ", "data: ", "data: ", "data:", "data:  ", "data: \t", "event: ", "id: ", ": ", "x: "];

    [Theory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Events_of_several_lines_are_those_of_the_reference_however_they_are_cut(SseDialect dialect)
    {
        Random random = new(17);
        for (int stream = 0; stream < Streams; stream++)
        {
            byte[] bytes = Stream(random, random.Next(40));
            int line = random.Next(3) == 0 ? random.Next(16, 400) : 262_144;
            Bounds bounds = new() { MaxLineBytes = line, MaxEventBytes = random.Next(16, 2500) };
            List<Frame> expected = Reference.Read(bytes, dialect, bounds);
            Assert.Equal(expected, Framing.Whole(bytes, dialect, bounds));
            Assert.Equal(expected, Framing.Chunked(bytes, random.Next(1, 500), dialect, bounds));
        }
    }

    [Theory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Many_events_of_several_lines_are_those_of_the_reference_however_they_are_cut(SseDialect dialect)
    {
        Random random = new(18);
        for (int stream = 0; stream < Streams / 10; stream++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(Events(random));
            List<Frame> expected = Reference.Read(bytes, dialect);
            Assert.Equal(expected, Framing.Whole(bytes, dialect));
            Assert.Equal(expected, Framing.Chunked(bytes, random.Next(1, 3000), dialect));
        }
    }

    [Theory]
    [InlineData(SseDialect.Html, "\r\n")]
    [InlineData(SseDialect.Html, "\r")]
    [InlineData(SseDialect.Agent, "\r\n")]
    [InlineData(SseDialect.Agent, "\n")]
    public void Event_of_several_lines_is_the_same_between_whichever_bytes_it_is_cut(SseDialect dialect, string end)
    {
        for (int length = 0; length < 72; length++)
        {
            string line = $"data: {new string('a', length)}{end}";
            byte[] bytes = Encoding.ASCII.GetBytes($"{line}{line}{line}{end}{line}{end}");
            List<Frame> expected = Reference.Read(bytes, dialect);
            for (int cut = 0; cut <= bytes.Length; cut++)
            {
                ReadOnlyMemory<byte>[] pieces = [bytes.AsMemory(0, cut), bytes.AsMemory(cut)];
                Assert.Equal(expected, Framing.Reads(pieces, dialect));
                Assert.Equal(expected, Framing.Segmented(pieces, dialect));
            }
        }
    }

    // Events as their writers make them: of one kind for a while, then of another.
    private static string Events(Random random)
    {
        StringBuilder text = new();
        for (int kinds = random.Next(1, 5); kinds > 0; kinds--)
        {
            string end = Ends[random.Next(2)];
            string begin = random.Next(3) == 0 ? $"event: kind{end}" : random.Next(6) == 0 ? $": comment{end}{end}" : "";
            int lines = random.Next(1, 12);
            int length = random.Next(5) == 0 ? random.Next(240, 300) : random.Next(70);
            for (int events = random.Next(40); events > 0; events--)
            {
                text.Append(begin);
                for (int line = 0; line < lines; line++)
                {
                    text.Append("data: ").Append((char)('a' + ((events + line) % 26)), length).Append(end);
                }

                text.Append(end);
            }
        }

        return text.ToString();
    }

    private static byte[] Stream(Random random, int most)
    {
        StringBuilder text = new();
        string end = Ends[random.Next(Ends.Length)];
        int usual = random.Next(100);
        for (int line = most; line > 0; line--)
        {
            string lineEnd = random.Next(8) == 0 ? Ends[random.Next(Ends.Length)] : end;
            if (random.Next(6) > 0)
            {
                string edge = random.Next(10) == 0 ? " " : "";
                int length = random.Next(3) > 0 ? usual : random.Next(320);
                text.Append(Names[random.Next(Names.Length)]).Append((char)('a' + (line % 26)), length).Append(edge);
            }

            text.Append(lineEnd);
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
