using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class PushedControlTests
{
    [Fact]
    public void Control_is_read_with_all_its_members()
    {
        Assert.Null(Read("""{"action":"a","taskId":"t","deleteFiles":true,"params":[1.0],"id":"","id":null}""", out Control control));
        Assert.Equal(new Control("a", "t") { DeleteFiles = true, Parameters = "[1.0]"u8.ToArray() }, control);
        Assert.Null(Read("""{"action":"a","taskId":null,"deleteFiles":null,"params":null}""", out control));
        Assert.Equal(new Control("a"), control);
    }

    [Theory]
    [InlineData("""{"action":"a","task_id":"t"}""", "task_id", "has a member \"task_id\": ")]
    [InlineData("""{"action":"a","TaskId":"t"}""", "TaskId", "has a member \"TaskId\": ")]
    [InlineData("""{"action":"a","param":null}""", "param", "has a member \"param\": ")]
    [InlineData("""{"action":"a","at":7}""", "at", "has a member \"at\": ")]
    [InlineData("""{"taskId":"t"}""", "action", "needs an \"action\"")]
    [InlineData("""{"action":""}""", "action", "needs an \"action\"")]
    [InlineData("""{"action":7}""", "action", "has a \"action\" that is not a string")]
    [InlineData("""{"action":"a","taskId":{}}""", "taskId", "has a \"taskId\" that is not a string")]
    [InlineData("""{"action":"a","deleteFiles":"yes"}""", "deleteFiles", "has a \"deleteFiles\" that is neither true nor false")]
    [InlineData("""{"action":"a","id":"c1"}""", "id", "has an \"id\": ids are given here")]
    [InlineData("""{"action":"a\ud800"}""", "action", "has a \"action\" with half of a surrogate pair")]
    [InlineData("""{"action":"a","params":{"b":["\ude00"]}}""", "params", "has \"params\" with half of a surrogate pair")]
    [InlineData("""{"action":"a","params":{"\ude00":1}}""", "params", "has \"params\" with half of a surrogate pair")]
    [InlineData("""{"action":"a","\ude00":1}""", "", "has a member with half of a surrogate pair")]
    [InlineData("[]", "", "is not an object")]
    public void What_an_agent_would_not_read_is_refused_by_name(string json, string member, string text)
    {
        ControlProblem? problem = Read(json, out _);
        Assert.Equal(member, problem?.Member);
        Assert.StartsWith(text, problem?.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_are_those_of_the_agent()
    {
        string text = new('x', 1024);
        string parameters = new('x', 65_534);
        string deep = $"{new string('[', 32)}{new string(']', 32)}";
        Assert.Null(Read($$"""{"action":"{{text}}","taskId":"{{text}}","params":"{{parameters}}"}""", out _));
        Assert.Null(Read($$"""{"action":"a","params":{{deep}}}""", out _));
        Assert.Contains("1024", Read($$"""{"action":"{{text}}x"}""", out _)?.Text, StringComparison.Ordinal);
        Assert.Contains("65536 bytes", Read($$"""{"action":"a","params":"{{parameters}}x"}""", out _)?.Text, StringComparison.Ordinal);
        Assert.Contains("deeper than 32", Read($$"""{"action":"a","params":[{{deep}}]}""", out _)?.Text, StringComparison.Ordinal);
    }

    private static ControlProblem? Read(string json, out Control control)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        ControlProblem? problem = PushedControl.Read(ref reader, out control);
        if (problem is null)
        {
            Assert.Equal(JsonTokenType.EndObject, reader.TokenType);
            Assert.False(reader.Read());
        }

        return problem;
    }
}
