using System.Text.Json;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class StoredControlTests
{
    [Theory]
    [InlineData("语")]
    [InlineData("я")]
    [InlineData("😀")]
    [InlineData("&")]
    [InlineData("\0")]
    public void Control_of_any_length_is_read_back_as_it_was_written(string character)
    {
        string text = string.Concat(Enumerable.Repeat(character, 5000));
        byte[] parameters = JsonSerializer.SerializeToUtf8Bytes(text);
        var control = new Control(text, text)
        {
            Id = text,
            DeleteFiles = true,
            PushedAt = DateTimeOffset.UnixEpoch,
            Parameters = parameters,
        };
        Assert.False(control.Parameters.IsEmpty);
        Assert.Equal(control, StoredControl.Read(StoredControl.Write(control)));
    }

    [Fact]
    public void Text_is_written_without_escapes_that_json_does_not_need() =>
        Assert.Equal(
            """{"id":"i","action":"a&b","taskId":"语я"}""", StoredControl.Write(new Control("a&b", "语я") { Id = "i" }));

    [Fact]
    public void Text_of_the_version_before_is_read() =>
        Assert.Equal(
            new Control("pause", "语&") { Id = "c1", PushedAt = DateTimeOffset.FromUnixTimeMilliseconds(7) },
            StoredControl.Read("""{"id":"c1","action":"pause","taskId":"\u8BED\u0026","at":7}"""));

    [Fact]
    public void Empty_id_is_no_id() => Assert.Null(StoredControl.Read("""{"id":"","action":"pause"}""").Id);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"action":"pause"} x""")]
    [InlineData("""{"action":7}""")]
    [InlineData("""{"qction":"pause","taskId":"t1"}""")]
    [InlineData("""{"action":""}""")]
    public void What_is_not_a_control_is_refused(string text) => Assert.ThrowsAny<JsonException>(() => StoredControl.Read(text));
}
