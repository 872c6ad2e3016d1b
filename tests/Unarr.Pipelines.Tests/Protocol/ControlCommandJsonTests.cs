using System.Text;
using System.Text.Json;
using Unarr.Pipelines.Protocol;
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
                new ControlAction { Action = "pause", TaskId = "t1" },
                new ControlAction { Action = "cancel", TaskId = "t2", DeleteFiles = true, Id = "c-9" },
            ],
            command.Controls);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"controls":null}""")]
    [InlineData("""{"controls":[]}""")]
    [InlineData("""{"Controls":[{"action":"pause"}]}""")]
    [InlineData(""" { "newer" : [ { "controls" : 7 } ] } """)]
    public void What_is_missing_is_empty(string json) => Assert.Empty(Read(json).Controls);

    [Theory]
    [InlineData("""{"controls":[{}]}""")]
    [InlineData("""{"controls":[{"action":null,"taskId":null,"deleteFiles":null,"id":null}]}""")]
    [InlineData("""{"controls":[{"newer":{"action":"pause","deep":[[{}]]},"also":"x","Action":"pause"}]}""")]
    public void A_controls_missing_null_and_unknown_members_leave_it_empty(string json) =>
        Assert.Equal([new ControlAction { Action = "" }], Read(json).Controls);

    [Fact]
    public void Of_a_member_that_comes_twice_the_last_one_counts()
    {
        ControlCommand command = Read("""{"controls":[{"action":"a"}],"controls":[{"action":"b","action":"c","taskId":"x","taskId":"y"}]}""");
        Assert.Equal([new ControlAction { Action = "c", TaskId = "y" }], command.Controls);
    }

    [Fact]
    public void Unknown_actions_and_escapes_are_passed_on()
    {
        ControlCommand command = Read("""{"controls":[{"\u0061ction":"t\u00e9l\n\ud83d\ude00","taskId":"\"\\"}]}""");
        Assert.Equal([new ControlAction { Action = "tél\n😀", TaskId = "\"\\" }], command.Controls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"controls\"")]
    [InlineData("""{"controls":{}}""")]
    [InlineData("""{"controls":"pause"}""")]
    [InlineData("""{"controls":[null]}""")]
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
    [InlineData("""{"controls":[{"action":"\ud800"}]}""")]
    [InlineData("""{"controls":[{"id":"\udc00"}]}""")]
    public void What_is_no_command_does_not_parse(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Theory]
    [InlineData("action", 1)]
    [InlineData("taskId", 200)]
    [InlineData("id", 1)]
    [InlineData("newer", 1)]
    public void Invalid_utf8_does_not_parse(string member, int length)
    {
        byte[] json =
        [
            .. Encoding.UTF8.GetBytes($"{{\"controls\":[{{\"{member}\":\""), .. Enumerable.Repeat((byte)0xFF, length), .. "\"}]}"u8,
        ];
        if (member == "newer")
        {
            // What is ignored is not looked into.
            Assert.Single(JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!.Controls);
        }
        else
        {
            Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand));
        }
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

    [Fact]
    public void Actions_and_task_ids_that_were_seen_before_are_the_same_strings()
    {
        const string Json = """{"controls":[{"action":"pooled-action","taskId":"pooled-task-1"}]}""";
        ControlAction first = Read(Json).Controls[0];
        ControlAction second = Read(Json).Controls[0];
        Assert.Same(first.Action, second.Action);
        Assert.Same(first.TaskId, second.TaskId);
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
        ControlAction control = Read($$"""{"controls":[{"action":"{{text}}","taskId":"{{escaped}}"}]}""").Controls[0];
        Assert.Equal(text, control.Action);
        Assert.Equal(text, control.TaskId);
    }

    [Theory]
    [InlineData("action")]
    [InlineData("taskId")]
    [InlineData("id")]
    public void A_string_has_at_most_1024_bytes(string member)
    {
        Assert.Single(Read($$"""{"controls":[{"{{member}}":"{{new string('x', 1024)}}"}]}""").Controls);
        Assert.ThrowsAny<JsonException>(() => Read($$"""{"controls":[{"{{member}}":"{{new string('x', 1025)}}"}]}"""));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var command = new ControlCommand
        {
            Controls =
            [
                new ControlAction { Action = "stream", TaskId = "t 1 \"é😀\n" },
                new ControlAction { Action = "cancel", TaskId = "", DeleteFiles = true, Id = "c1" },
            ],
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(command, ProtocolJson.ControlCommand);
        Assert.Equal(command.Controls, JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!.Controls);
    }

    [Fact]
    public void It_is_written_as_the_protocol_shows_it()
    {
        var command = new ControlCommand { Controls = [new ControlAction { Action = "cancel", TaskId = "t1", DeleteFiles = true }] };
        Assert.Equal(
            """{"controls":[{"action":"cancel","taskId":"t1","deleteFiles":true}]}""",
            JsonSerializer.Serialize(command, ProtocolJson.ControlCommand));
    }

    private static ControlCommand Read(string json) => JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!;
}
