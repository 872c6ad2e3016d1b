using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class ControlCommandJsonTests
{
    [Fact]
    public void Controls_are_read_in_order_with_all_their_members()
    {
        ControlCommand command = Read("""
            {"controls":[{"action":"pause","taskId":"t1"},{"id":"c-9","action":"cancel","taskId":"t2","deleteFiles":true}]}
            """);
        Assert.Equal(
            [
                new Control("pause", "t1"),
                new Control("cancel", "t2") { DeleteFiles = true, Id = "c-9" },
            ],
            command.Controls);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"controls":null}""")]
    [InlineData("""{"controls":[]}""")]
    [InlineData(""" { "newer" : [ { "controls" : 7 } ] } """)]
    public void What_is_missing_is_empty(string json) => Assert.Empty(Read(json).Controls);

    [Theory]
    [InlineData("""{"controls":[{}]}""")]
    [InlineData("""{"controls":[{"action":null,"taskId":null,"deleteFiles":null,"id":null}]}""")]
    [InlineData("""{"controls":[{"newer":{"action":"pause","deep":[[{}]]},"also":"x"}]}""")]
    [InlineData("""{"controls":[null]}""")]
    public void A_controls_missing_null_and_unknown_members_leave_it_empty(string json) =>
        Assert.Equal([new Control("")], Read(json).Controls);

    [Fact]
    public void Of_a_member_that_comes_twice_the_last_one_counts()
    {
        ControlCommand command = Read(
            """{"controls":[{"action":"a"}],"controls":[{"action":"b","action":"c","taskId":"x","taskId":"y"}]}""");
        Assert.Equal([new Control("c", "y")], command.Controls);
    }

    [Fact]
    public void Unknown_actions_and_escapes_are_passed_on()
    {
        ControlCommand command = Read("""{"controls":[{"\u0061ction":"t\u00e9l\n\ud83d\ude00","taskId":"\"\\"}]}""");
        Assert.Equal([new Control("tél\n😀") { TaskId = "\"\\" }], command.Controls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"controls\"")]
    [InlineData("""{"controls":{}}""")]
    [InlineData("""{"controls":"pause"}""")]
    [InlineData("""{"controls":["pause"]}""")]
    [InlineData("""{"controls":[[]]}""")]
    [InlineData("""{"controls":[{"action":1}]}""")]
    [InlineData("""{"controls":[{"action":{}}]}""")]
    [InlineData("""{"controls":[{"taskId":["t"]}]}""")]
    [InlineData("""{"controls":[{"id":7}]}""")]
    [InlineData("""{"controls":[{"deleteFiles":"yes"}]}""")]
    [InlineData("""{"controls":[{"deleteFiles":1}]}""")]
    [InlineData("""{"controls":[{"action":"pause"}]""")]
    [InlineData("""{"controls":[{"action":"pau""")]
    [InlineData("""{"controls":[{"action":"pause"}]} x""")]
    [InlineData("""{"controls":[{"action":"pause"}]}{}""")]
    [InlineData("""{"controls":[{"action":"pause"},]}""")]
    [InlineData("{\"controls\":[{\"action\":\"a\nb\"}]}")]
    [InlineData("""{"controls":[{"action":7,"action":"pause"}]}""")]
    [InlineData("""{"Controls":7}""")]
    [InlineData("""{"ackWithin":"1"}""")]
    [InlineData("""{"ackWithin":1.5}""")]
    [InlineData("""{"ackWithin":true}""")]
    public void What_is_no_command_does_not_parse(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Theory]
    [InlineData("""{"Controls":[{"ACTION":"pause","taskid":"t1","DeleteFiles":true,"Id":"c1"}]}""")]
    [InlineData("""{"c\u006FNTROLS":[{"\u0041ction":"pause","TaskID":"t1","DELETEFILES":true,"iD":"c1"}]}""")]
    public void Names_match_in_any_case(string json) =>
        Assert.Equal([new Control("pause", "t1") { DeleteFiles = true, Id = "c1" }], Read(json).Controls);

    [Theory]
    [InlineData("""{"controls":[{"action":"a"}],"controls":null}""")]
    [InlineData("""{"controls":[{"action":"a","action":null,"ACTION":null}]}""")]
    [InlineData("""{"controls":[{"action":"x"}],"CONTROLS":[{"action":"a"}],"Controls":null}""")]
    public void Null_leaves_a_member_as_it_was(string json) =>
        Assert.Equal([new Control("a")], Read(json).Controls);

    [Theory]
    [InlineData("\\ud800", "\uFFFD")]
    [InlineData("a\\udc00b", "a\uFFFDb")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\uFFFD\U0001F600")]
    [InlineData("\\ude00\\ud83d", "\uFFFD\uFFFD")]
    [InlineData("\\ud83d\\n", "\uFFFD\n")]
    [InlineData("\u00FF", "\uFFFD")]
    [InlineData("\u00E2\u0082x", "\uFFFD\uFFFDx")]
    [InlineData("\u00ED\u00A0\u0080", "\uFFFD\uFFFD\uFFFD")]
    [InlineData("\u00F0\u009F\u0098\u0080", "\U0001F600")]
    public void What_is_not_text_in_a_string_becomes_the_replacement_character(string bytes, string expected)
    {
        byte[] json = Encoding.Latin1.GetBytes(
            $$"""{"newer{{bytes}}":"{{bytes}}","controls":[{"action":"{{bytes}}","taskId":"{{bytes}}","id":"{{bytes}}"}]}""");
        ControlCommand command = JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!;
        Assert.Equal([new Control(expected, expected) { Id = expected }], command.Controls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void Byte_order_mark_is_skipped(int pieceBytes)
    {
        byte[] json = [0xEF, 0xBB, 0xBF, .. "{\"controls\":[{}]}"u8];
        Assert.Single(Payload.Read(json, ProtocolJson.ControlCommand)!.Controls);
        Assert.Single(Payload.Read(Segment.Sequence(Framing.Split(json, [pieceBytes])), ProtocolJson.ControlCommand)!.Controls);
        Assert.ThrowsAny<JsonException>(() => Payload.Read([0xEF, 0xBB, 0xBF, .. json], ProtocolJson.ControlCommand));
    }

    [Theory]
    [InlineData("""{"controls":[]}""", null)]
    [InlineData("""{"ackWithin":null}""", null)]
    [InlineData("""{"ackWithin":0}""", 0)]
    [InlineData("""{"ACKWITHIN":1}""", 1)]
    [InlineData("""{"ackWithin":60000,"ackWithin":null}""", 60_000)]
    [InlineData("""{"ackWithin":60001}""", 60_000)]
    [InlineData("""{"ackWithin":99999999999999999999}""", 60_000)]
    [InlineData("""{"ackWithin":-1}""", 0)]
    public void Time_to_acknowledge_within_is_at_most_a_minute(string json, int? expected) => Assert.Equal(expected, Read(json).AckWithin);

    [Fact]
    public void Empty_id_is_no_id()
    {
        Assert.Null(Read("""{"controls":[{"action":"a","id":""}]}""").Controls[0].Id);
        Assert.Equal(
            """{"controls":[{"action":"a","taskId":""}]}""",
            JsonSerializer.Serialize(new ControlCommand { Controls = [new("a") { Id = "" }] }, ProtocolJson.ControlCommand));
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    [InlineData(100_000, false)]
    public void A_command_has_at_most_1024_controls(int count, bool parses)
    {
        string json = $"{{\"controls\":[{string.Join(',', Enumerable.Repeat("""{"action":"pause"}""", count))}]}}";
        if (parses)
        {
            Assert.Equal(count, Read(json).Controls.Count);
        }
        else
        {
            JsonException exception = Assert.ThrowsAny<JsonException>(() => Read(json));
            Assert.Contains("1024", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Deep_nesting_does_not_parse()
    {
        string deep = new string('[', 100_000);
        Assert.ThrowsAny<JsonException>(() => Read($"{{\"controls\":[{{\"newer\":{deep}"));
        Assert.ThrowsAny<JsonException>(() => Read($"{{\"newer\":{deep}{new string(']', 100_000)}}}"));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("cancel")]
    [InlineData("stream")]
    public void Action_that_the_protocol_names_is_a_constant(string action)
    {
        string read = Read($$"""{"controls":[{"action":"{{action}}","taskId":"t1"}]}""").Controls[0].Action;
        Assert.Equal(action, read);
        Assert.Same(string.Intern(action), read);
    }

    [Theory]
    [InlineData("cancel2")]
    [InlineData("Cancel")]
    [InlineData("cance")]
    [InlineData("")]
    public void Action_that_the_protocol_does_not_name_is_read_as_it_is(string action) =>
        Assert.Equal(action, Read($$"""{"controls":[{"action":"{{action}}"}]}""").Controls[0].Action);

    [Fact]
    public void Command_of_one_control_with_a_new_task_id_allocates_at_most_224_bytes()
    {
        byte[] json = Encoding.UTF8.GetBytes(
            """{"controls":[{"action":"cancel","taskId":"8f14e45f-ceea-467f-a0e6-000000000000","deleteFiles":true}]}""");
        JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ControlCommand? command = JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(command!.Controls[0].DeleteFiles);
        Assert.InRange(allocated, 1, 224);
    }

    [Fact]
    public void Time_of_a_push_is_kept_as_its_moment()
    {
        var pushedAt = new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.FromHours(2));
        Control control = new("pause") { PushedAt = pushedAt };
        Assert.Equal(pushedAt, control.PushedAt);
        Assert.Null(new Control("pause") { PushedAt = null }.PushedAt);
        Assert.Null(new Control("pause").PushedAt);
        Assert.Equal(DateTimeOffset.MinValue, new Control("pause") { PushedAt = DateTimeOffset.MinValue }.PushedAt);
    }

    [Theory]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(170)]
    public void Strings_are_read_whole_pooled_or_not(int length)
    {
        string text = new('x', length);
        string escaped = string.Concat(Enumerable.Repeat("\\u0078", length));
        Control control = Read($$"""{"controls":[{"action":"{{text}}","taskId":"{{escaped}}"}]}""").Controls[0];
        Assert.Equal(text, control.Action);
        Assert.Equal(text, control.TaskId);
    }

    [Theory]
    [InlineData("x", 1024)]
    [InlineData("\\u0078", 1024)]
    [InlineData("\\u00e9", 512)]
    [InlineData("\\u8bed", 341)]
    [InlineData("语", 341)]
    [InlineData("я", 512)]
    [InlineData("😀", 256)]
    [InlineData("\\ud83d\\ude00", 256)]
    [InlineData("&", 1024)]
    [InlineData("\\ud800", 341)]
    public void Control_over_a_bound_is_left_out_alone(string piece, int most)
    {
        string within = string.Concat(Enumerable.Repeat(piece, most));
        ControlCommand command = Read($$"""
            {"controls":[{"action":"first"},{"action":"{{within}}","taskId":"{{within}}","id":"{{within}}"},
            {"id":"c1","action":"{{within}}{{piece}}"},{"taskId":"{{within}}{{piece}}","id":"c2"},
            {"action":"no id","taskId":"{{within}}{{piece}}"},
            {"action":"an id over the bound","id":"{{within}}{{piece}}"},{"action":"last"}]}
            """);
        Assert.Equal(3, command.Controls.Count);
        Assert.Equal(["first", command.Controls[1].Id, "last"], command.Controls.Select(control => control.Action));
        Assert.Equal(["c1", "c2"], command.Rejected.Select(control => control.Id));
        Assert.Contains("\"action\" is longer than 1024 bytes", command.Rejected[0].Error, StringComparison.Ordinal);
        Assert.Contains("\"taskId\" is longer than 1024 bytes", command.Rejected[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Last_of_repeated_members_decides_what_is_over_a_bound()
    {
        string over = new('x', 1025);
        ControlCommand command = Read($$"""
            {"controls":[
                {"action":"{{over}}","action":"a","id":"{{over}}","id":"c1"},
                {"action":"b","id":"c2","id":"{{over}}","id":null}]}
            """);
        Assert.Equal([new Control("a") { Id = "c1" }], command.Controls);
        Assert.Empty(command.Rejected);
    }

    [Fact]
    public void Single_control_over_a_bound_does_not_parse() =>
        Assert.ThrowsAny<JsonException>(
            () => JsonSerializer.Deserialize($$"""{"action":"{{new string('x', 1025)}}"}""", ProtocolJson.Control));

    [Fact]
    public void What_is_written_is_read_back()
    {
        var command = new ControlCommand
        {
            Controls =
            [
                new Control("stream") { TaskId = "t 1 \"é😀\n" },
                new Control("cancel", "") { DeleteFiles = true, Id = "c1" },
            ],
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(command, ProtocolJson.ControlCommand);
        Assert.Equal(command.Controls, JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!.Controls);
    }

    [Fact]
    public void It_is_written_as_the_protocol_shows_it()
    {
        var command = new ControlCommand { Controls = [new Control("cancel", "t1") { DeleteFiles = true }] };
        Assert.Equal(
            """{"controls":[{"action":"cancel","taskId":"t1","deleteFiles":true}]}""",
            JsonSerializer.Serialize(command, ProtocolJson.ControlCommand));
        command.AckWithin = 1;
        Assert.EndsWith("],\"ackWithin\":1}", JsonSerializer.Serialize(command, ProtocolJson.ControlCommand), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_written_without_escapes_that_json_does_not_need()
    {
        var command = new ControlCommand { Controls = [new Control("语&<я", "'+é")] };
        Assert.Equal("""{"controls":[{"action":"语&<я","taskId":"'+é"}]}""", JsonSerializer.Serialize(command, ProtocolJson.ControlCommand));
    }

    private static ControlCommand Read(string json) => JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!;
}
