using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

public class ParseCommandTests
{
    [Fact]
    public async Task Frames_whatwg_are_one_JSON_line_each()
    {
        (int exitCode, string output, string error) = await AgentCommand.RunAsync(
            ["parse", "-"], "data: a\n\nid: 7\nevent: greeting\ndata: <b>\"1\"</b>\ndata: é\n\n: hb\nretry: 2000\ndata: dropped");

        Assert.Equal(
            """
            {"kind":"event","event":"message","data":"a","id":""}
            {"kind":"event","event":"greeting","data":"<b>\"1\"</b>\né","id":"7"}
            {"kind":"comment","text":" hb"}
            {"kind":"retry","milliseconds":2000}

            """,
            output);
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Frames_agent_have_no_id_and_an_unterminated_comment_counts()
    {
        (int exitCode, string output, _) = await AgentCommand.RunAsync(
            ["parse", "--dialect", " AGENT "], "id: 7\nretry: 1\nevent: command\ndata: {}\n\n: hb");

        Assert.Equal("{\"kind\":\"event\",\"event\":\"command\",\"data\":\"{}\"}\n{\"kind\":\"comment\",\"text\":\" hb\"}\n", output);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_replaced_or_exact_with_base64()
    {
        byte[] input = [.. "data:"u8, 0xFF, 0xED, 0xA0, 0x80, (byte)'x', .. "\n\n"u8];

        (_, string text, _) = await AgentCommand.RunAsync(["parse"], input);
        (_, string exact, _) = await AgentCommand.RunAsync(["parse", "--base64"], input);

        Assert.Equal("\uFFFD\uFFFD\uFFFD\uFFFDx", JsonDocument.Parse(text).RootElement.GetProperty("data").GetString());
        Assert.Equal([0xFF, 0xED, 0xA0, 0x80, (byte)'x'], JsonDocument.Parse(exact).RootElement.GetProperty("data64").GetBytesFromBase64());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Data_longer_than_what_is_written_at_once_is_the_same_wherever_it_is_parted(int shift)
    {
        // Two, three and four bytes, a quote that grows when it is written, and what is no UTF-8, at every place of a part's end.
        byte[] piece = [.. "é€😀\"\\\u0001 "u8, 0xFF, 0xE2, 0x82, (byte)'x', 0xF0, 0x9F];
        byte[] data = [.. new string('.', shift).Select(character => (byte)character),
            .. Enumerable.Repeat(piece, 12_000).SelectMany(bytes => bytes), (byte)'.'];
        byte[] input = [.. "data: "u8, .. data, .. "\n\n"u8];

        (_, string text, _) = await AgentCommand.RunAsync(["parse"], input);
        (_, string exact, _) = await AgentCommand.RunAsync(["parse", "--base64"], input);

        Assert.Equal(Encoding.UTF8.GetString(data), JsonDocument.Parse(text).RootElement.GetProperty("data").GetString());
        Assert.Equal(data, JsonDocument.Parse(exact).RootElement.GetProperty("data64").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("--max-line-bytes", "16", "line_too_long")]
    [InlineData("--max-event-bytes", "16", "event_too_large")]
    public async Task Bound_passed_ends_with_an_error_line_and_exit_code_1(string option, string limit, string name)
    {
        (int exitCode, string output, _) = await AgentCommand.RunAsync(["parse", option, limit], ": ok\ndata: 0123456789abcdefg\n\n");

        Assert.Equal(
            $$"""
            {"kind":"comment","text":" ok"}
            {"kind":"error","error":"{{name}}","limit":16,"offset":5}

            """,
            output);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Frame_complete_is_seen_while_the_input_is_idle()
    {
        var input = new Pipe();
        await using AgentCommand command = AgentCommand.Start(["parse", "-"], input.Reader.AsStream());

        await input.Writer.WriteAsync("data: 1\n\ndata: 2"u8.ToArray());
        Assert.Equal("""{"kind":"event","event":"message","data":"1","id":""}""", await command.ReadLineAsync());

        await input.Writer.WriteAsync("\n\n"u8.ToArray());
        Assert.Equal("""{"kind":"event","event":"message","data":"2","id":""}""", await command.ReadLineAsync());

        await input.Writer.CompleteAsync();
        Assert.Null(await command.ReadLineAsync());
        Assert.Equal(0, await command.Ended);
    }

    [Fact]
    public async Task Input_that_breaks_off_gives_its_frames_then_one_line_and_exit_code_1()
    {
        var input = new Pipe();
        await using AgentCommand command = AgentCommand.Start(["parse", "--dialect", "agent"], input.Reader.AsStream());
        await input.Writer.WriteAsync(": 1\n: 2"u8.ToArray());
        Assert.Equal("""{"kind":"comment","text":" 1"}""", await command.ReadLineAsync());

        await input.Writer.CompleteAsync(new IOException("The disk\nis gone."));

        Assert.Equal("""{"kind":"comment","text":" 2"}""", await command.ReadLineAsync());
        Assert.Equal(1, await command.Ended);
        Assert.Equal("Cannot read on after 7 bytes of '-': The disk is gone.\n", command.Error);
    }

    [Fact]
    public async Task Interrupt_ends_cleanly_while_the_input_is_idle()
    {
        var input = new Pipe();
        await using AgentCommand command = AgentCommand.Start(["parse", "--stats"], input.Reader.AsStream());
        await input.Writer.WriteAsync(": 1\n"u8.ToArray());
        await command.ReadLineAsync();

        Assert.Equal(0, await command.EndAsync());
        Assert.StartsWith("1 frames, 4 bytes, ", command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_is_read_and_its_frames_do_not_depend_on_the_chunks()
    {
        string text = string.Concat(Enumerable.Range(0, 5000).Select(number => $"data: {number}\r\ndata: é\r\n\r\n"));
        using var file = new TemporaryFile(text);

        (_, string whole, _) = await AgentCommand.RunAsync(["parse", file.Path]);
        (_, string bytes, _) = await AgentCommand.RunAsync(["parse", file.Path, "--chunk", "1"]);
        (_, string chunks, string stats) = await AgentCommand.RunAsync(["parse", file.Path, "--chunk", "100KiB", "--stats"]);

        Assert.Equal(5000, whole.Count(character => character == '\n'));
        Assert.Equal(whole, bytes);
        Assert.Equal(whole, chunks);
        Assert.StartsWith($"5000 frames, {Encoding.UTF8.GetByteCount(text)} bytes, ", stats, StringComparison.Ordinal);
        Assert.EndsWith(" MB/s\n", stats, StringComparison.Ordinal);
    }
}
