extern alias UnarrAgent;

using System.Text;
using FsCheck;
using FsCheck.Xunit;
using UnarrAgent::Unarr.Agent.Output;

namespace Unarr.EndToEnd.Tests.Agent;

public class PrintedLinesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("a\r\nb\rc", new[] { "a", "b", "c" })]
    [InlineData("\n\r\r\n", new[] { "", "", "" })]
    [InlineData("é\n", new[] { "é" })]
    public void Text_is_parted_at_every_cut(string printed, string[] lines)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(printed);
        Assert.All(Enumerable.Range(0, bytes.Length + 1), cut => Assert.Equal(lines, Lines(bytes[..cut], bytes[cut..])));
    }

    [Fact]
    public void Of_a_line_without_end_64_KiB_are_kept_and_no_more_is_held()
    {
        List<string> lines = [];
        var printed = new PrintedLines(lines.Add);
        byte[] much = new byte[1024 * 1024];
        much.AsSpan().Fill((byte)'x');
        printed.Add("first\n"u8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int mebibytes = 0; mebibytes < 256; mebibytes++)
        {
            printed.Add(much);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * PrintedLines.MaxLineBytes);
        printed.Add("y\nlast\n"u8);

        Assert.Equal(["first", new string('x', PrintedLines.MaxLineBytes), "last"], lines);
    }

    [Property]
    public bool Lines_are_those_of_a_string_reader(NonNull<string> text)
    {
        string printed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
        List<string> expected = [];
        using var reader = new StringReader(printed);
        while (reader.ReadLine() is { } line)
        {
            expected.Add(line);
        }

        return expected.SequenceEqual(Lines(Encoding.UTF8.GetBytes(printed)));
    }

    private static List<string> Lines(params byte[][] reads)
    {
        List<string> lines = [];
        var printed = new PrintedLines(lines.Add);
        foreach (byte[] read in reads)
        {
            printed.Add(read);
        }

        printed.End();
        return lines;
    }
}
