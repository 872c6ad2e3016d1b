using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class ControlParametersTests
{
    private static readonly JsonTypeInfo<Dictionary<string, JsonElement>> Members = ProtocolJsonContext.Default.DictionaryStringJsonElement;

    [Theory]
    [InlineData("7", "7")]
    [InlineData("1.50e+3", "1.50e+3")]
    [InlineData("123456789012345678901234567890.10", "123456789012345678901234567890.10")]
    [InlineData("true", "true")]
    [InlineData("\"\"", "\"\"")]
    [InlineData("[ ]", "[]")]
    [InlineData("{ }", "{}")]
    [InlineData("[ [ 1 , { } ] , [ ] , \"a\" ]", "[[1,{}],[],\"a\"]")]
    [InlineData("{ \"b\" : 1 , \"a\" : [ null , { \"b\" : false } ] , \"b\" : 2 }", "{\"b\":1,\"a\":[null,{\"b\":false}],\"b\":2}")]
    [InlineData("\"\\u00e9\\u0041\\/\\u2028\"", "\"éA/\u2028\"")]
    [InlineData("\"\\b\\f\\n\\r\\t\\u001F\\u0000\\\"\\\\\"", "\"\\b\\f\\n\\r\\t\\u001f\\u0000\\\"\\\\\"")]
    [InlineData("{\"\\u0022\":\"\\ud83d\\ude00\\ud800\"}", "{\"\\\"\":\"😀\uFFFD\"}")]
    public void Any_value_is_kept_as_compact_json(string json, string compact)
    {
        byte[] payload = Encoding.UTF8.GetBytes($$"""{"controls":[{"action":"a","PARAMS":{{json}},"id":"c1"}]}""");
        foreach (int piece in new[] { 1, 3, 1000 })
        {
            ControlCommand command = Payload.Read(Segment.Sequence(Framing.Split(payload, [piece])), ProtocolJson.ControlCommand)!;
            Control control = Assert.Single(command.Controls);
            Assert.Equal(compact, Text(control));
            Assert.Equal("c1", control.Id);
            Assert.Equal(
                $$"""{"id":"c1","action":"a","taskId":"","params":{{compact}}}""", JsonSerializer.Serialize(control, ProtocolJson.Control));
            Assert.Equal(control, StoredControl.Read(StoredControl.Write(control)));
        }

        Assert.Equal(compact, Text(new Control("a") { Parameters = Encoding.UTF8.GetBytes($" {json} ") }));
    }

    [Fact]
    public void Bytes_that_are_not_text_become_the_replacement_character()
    {
        byte[] payload = [.. """{"action":"a","params":{"k"""u8, 0xFF, .. "\":\""u8, 0xE8, 0xAF, .. "\"}}"u8];
        Assert.Equal("{\"k\uFFFD\":\"\uFFFD\uFFFD\"}", Text(JsonSerializer.Deserialize(payload, ProtocolJson.Control)!));
    }

    [Theory]
    [InlineData("""{"action":"a"}""", "")]
    [InlineData("""{"action":"a","params":null}""", "")]
    [InlineData("""{"action":"a","params":7,"params":null}""", "7")]
    [InlineData("""{"action":"a","params":7,"Params":8}""", "8")]
    public void Null_is_none_and_the_last_of_several_counts(string json, string expected) =>
        Assert.Equal(expected, Text(JsonSerializer.Deserialize(json, ProtocolJson.Control)!));

    [Theory]
    [InlineData("x", 65_534)]
    [InlineData("\\u0078", 65_534)]
    [InlineData("\\u00e9", 32_767)]
    [InlineData("😀", 16_383)]
    [InlineData("\\ud83d\\ude00", 16_383)]
    [InlineData("\\n", 32_767)]
    [InlineData("\\u0001", 10_922)]
    [InlineData("\\ud800", 21_844)]
    public void Parameters_over_their_bound_leave_out_their_control_alone(string piece, int most)
    {
        string within = string.Concat(Enumerable.Repeat(piece, most));
        ControlCommand command = Read($$"""
            {"controls":[{"action":"first"},{"action":"within","params": "{{within}}" },
            {"id":"c1","params":"{{within}}{{piece}}","action":"over"},{"action":"over","params":"{{within}}{{piece}}"},
            {"action":"last","params":"{{within}}{{piece}}","params":[1]}]}
            """);
        Assert.Equal(["first", "within", "last"], command.Controls.Select(control => control.Action));
        Assert.InRange(command.Controls[1].Parameters.Length, Control.MaxParametersBytes - 6, Control.MaxParametersBytes);
        Assert.Equal(
            new FailedControl { Id = "c1", Error = "\"params\" are longer than 65536 bytes as compact JSON" }, Assert.Single(
                command.Rejected));
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    [InlineData("[{\"a\":", "}]")]
    public void Depth_of_lists_and_objects_is_bounded(string open, string close)
    {
        int times = Control.MaxParametersDepth / close.Length;
        string most = $"{Repeat(open, times)}1{Repeat(close, times)}";
        string more = most.Replace("1", "{}", StringComparison.Ordinal);
        ControlCommand command = Read($$"""
            {"controls":[{"action":"a","id":"c1","params":{{most}}},{"id":"c2","params":{{more}}},{"action":"b"}]}
            """);
        Assert.Equal(["a", "b"], command.Controls.Select(control => control.Action));
        Assert.Equal(
            new FailedControl { Id = "c2", Error = "\"params\" are nested deeper than 32" }, Assert.Single(command.Rejected));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9_990)]
    public void However_deep_parameters_are_the_other_controls_are_taken(int depth)
    {
        string json = $$"""
            {"controls":[{"id":"c1","params":{{new string('[', depth)}}{{new string(']', depth)}}},{"action":"b"}],"watching":true}
            """;
        Assert.Equal("b", Assert.Single(Read(json).Controls).Action);
        SyncResponse response = JsonSerializer.Deserialize(json, ProtocolJson.SyncResponse)!;
        Assert.Equal("c1", Assert.Single(response.Rejected).Id);
        Assert.True(response.Watching);
    }

    [Fact]
    public void Parameters_of_a_type_are_read_back()
    {
        var limit = new Dictionary<string, JsonElement> { ["bytesPerSecond"] = JsonElement.Parse("1e3") };
        var control = Control.Create("set-limit", limit, Members, "t1");
        Assert.Equal(("set-limit", "t1"), (control.Action, control.TaskId));
        Assert.Equal("""{"bytesPerSecond":1e3}""", Text(control));
        Assert.Equal(1000, control.ReadParameters(Members)["bytesPerSecond"].GetDouble());
        Assert.True(Control.Create("none", null!, Members).Parameters.IsEmpty);
    }

    [Theory]
    [InlineData(null, "needs \"params\"")]
    [InlineData("[1]", "do not fit")]
    [InlineData("7", "do not fit")]
    public void Parameters_that_are_missing_or_do_not_fit_reject_the_control(string? json, string why)
    {
        var control = new Control("set-limit") { Parameters = Encoding.UTF8.GetBytes(json ?? "null") };
        ControlRejectedException rejection = Assert.Throws<ControlRejectedException>(() => control.ReadParameters(Members));
        Assert.Contains(why, rejection.Message, StringComparison.Ordinal);
        Assert.Contains("\"set-limit\"", rejection.Message, StringComparison.Ordinal);
        Assert.Equal(json is null, rejection.InnerException is null);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("1 2")]
    [InlineData("x")]
    [InlineData(" ")]
    public void What_is_not_json_cannot_be_set(string json) =>
        Assert.Throws<ArgumentException>(() => new Control("a") { Parameters = Encoding.UTF8.GetBytes(json) });

    [Fact]
    public void What_is_over_a_bound_cannot_be_set()
    {
        byte[] most = Encoding.UTF8.GetBytes($"\"{new string('x', 65_534)}\"");
        Assert.Equal(65_536, new Control("a") { Parameters = most }.Parameters.Length);
        ArgumentException refusal =
            Assert.Throws<ArgumentException>(() => new Control("a") { Parameters = (byte[])[.. most[..^1], .. "x\""u8] });
        Assert.Contains("65536", refusal.Message, StringComparison.Ordinal);
        byte[] deep = Encoding.UTF8.GetBytes($"{new string('[', 33)}{new string(']', 33)}");
        Assert.Contains(
            "32", Assert.Throws<ArgumentException>(() => new Control("a") { Parameters = deep }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => Control.Create("a", new() { ["text"] = JsonElement.Parse(most) }, Members));
    }

    [Fact]
    public void Control_owns_its_parameters_and_is_compared_by_them()
    {
        byte[] json = [.. "[1]"u8];
        var control = new Control("a") { Parameters = json };
        json[1] = (byte)'2';
        Assert.Equal("[1]", Text(control));
        Assert.Equal(control, new Control("a") { Parameters = "[ 1 ]"u8.ToArray() });
        Assert.Equal(control.GetHashCode(), new Control("a") { Parameters = "[ 1 ]"u8.ToArray() }.GetHashCode());
        var other = new Control("a") { Parameters = json };
        Assert.NotEqual(control, other);
        Assert.NotEqual(control.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(control, new Control("a"));
        Assert.Equal("[1]", Text(control.Stamped("c1", DateTimeOffset.UnixEpoch)));
    }

    private static ControlCommand Read(string json) => JsonSerializer.Deserialize(json, ProtocolJson.ControlCommand)!;

    private static string Text(Control control) => Encoding.UTF8.GetString(control.Parameters.Span);

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
