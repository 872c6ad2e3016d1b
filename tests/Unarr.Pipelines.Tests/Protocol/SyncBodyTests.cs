using System.Text;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class SyncBodyTests
{
    [Fact]
    public void Members_are_added_and_read_back()
    {
        SyncBody body = new();
        Assert.Equal("{}", Encoding.UTF8.GetString(body.Utf8Json));
        Write(body, """{"tasks":[1],"disk":7}""");
        Write(body, """{"disk":8,"text":"语"}""");
        Assert.Equal("""{"tasks":[1],"disk":8,"text":"语"}""", Encoding.UTF8.GetString(body.Utf8Json));
        Assert.Equal(8, body.Read(ProtocolJsonContext.Default.DictionaryStringJsonElement)["disk"].GetInt32());
    }

    [Theory]
    [InlineData("""{"disk":7,"agentId":"x"}""")]
    [InlineData("""{"disk":7,"AppliedControls":[]}""")]
    [InlineData("""{"disk":7,"tasks":{}}""")]
    public void Member_that_the_protocol_writes_is_refused_and_nothing_is_added(string json)
    {
        SyncBody body = new();
        Assert.Throws<ArgumentException>(() => Write(body, json));
        Assert.Equal("{}", Encoding.UTF8.GetString(body.Utf8Json));
    }

    [Fact]
    public void What_is_not_an_object_is_refused() =>
        Assert.Throws<ArgumentException>(
            () => new SyncBody().Write(true, JsonSerializerOptions.Default.GetTypeInfo(typeof(bool)) is { } info
            ? (System.Text.Json.Serialization.Metadata.JsonTypeInfo<bool>)info : null!));

    [Theory]
    [InlineData("""{"disk":7,"controls":[]}""")]
    [InlineData("""{"Watching":true}""")]
    [InlineData("""{"\u0061cknowledged":true}""")]
    public void Member_of_an_answer_that_the_protocol_writes_is_refused(string json)
    {
        var body = SyncBody.ForAnswer();
        Assert.Throws<ArgumentException>(() => Write(body, json));
        Assert.Equal("{}", Encoding.UTF8.GetString(body.Utf8Json));
        Write(body, """{"agentId":"a request's","tasks":7}""");
        Assert.Equal("""{"agentId":"a request's","tasks":7}""", Encoding.UTF8.GetString(body.Utf8Json));
    }

    [Fact]
    public void Members_are_written_into_a_request_and_an_answer_as_they_are()
    {
        SyncBody body = new();
        Write(body, """{"tasks":[],"a\"é😀":1.50,"deep":{"of":[1e400]}}""");
        string request = Written(
            new SyncRequest { AgentId = "a1", AppliedControls = ["c1"], Members = body.Written }, ProtocolJson.SyncRequest);
        using var read = JsonDocument.Parse(request);
        Assert.Equal("1.50", read.RootElement.GetProperty("a\"é😀").GetRawText());
        Assert.EndsWith("""
            ,"deep":{"of":[1e400]}}
            """, request, StringComparison.Ordinal);

        var answer = SyncBody.ForAnswer();
        Write(answer, """{"newTasks":[1]}""");
        Assert.Equal(
            """{"controls":[],"watching":true,"newTasks":[1]}""",
            Written(new SyncResponse { Watching = true, Members = answer.Written }, ProtocolJson.SyncResponse));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Received_body_is_whole_however_it_lies_in_memory(int pieceBytes)
    {
        byte[] json = [0xEF, 0xBB, 0xBF, .. """{"controls":[],"motto":"語"}"""u8];
        var body = SyncBody.Over(Segment.Sequence(Framing.Split(json, [pieceBytes])));
        Assert.Equal("""{"controls":[],"motto":"語"}""", Encoding.UTF8.GetString(body.Utf8Json));
        Assert.Equal("語", body.Read(ProtocolJsonContext.Default.DictionaryStringJsonElement)["motto"].GetString());
        Assert.Throws<InvalidOperationException>(() => Write(body, "{}"));
        body.End();
    }

    [Fact]
    public void Body_cannot_be_used_after_its_call()
    {
        foreach (SyncBody body in new[] { new SyncBody(), SyncBody.ForAnswer(), SyncBody.Parse("{}"u8) })
        {
            body.End();
            Assert.Throws<InvalidOperationException>(() => body.Utf8Json.Length);
            Assert.Throws<InvalidOperationException>(() => body.Read(ProtocolJsonContext.Default.DictionaryStringJsonElement));
            Assert.Throws<InvalidOperationException>(() => Write(body, "{}"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} x")]
    public void What_is_not_an_object_is_not_a_body(string json) =>
        Assert.ThrowsAny<JsonException>(() => SyncBody.Parse(Encoding.UTF8.GetBytes(json)));

    private static string Written<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> contract)
    {
        using ArrayPoolBufferWriter<byte> json = new();
        Payload.Write(json, value, contract);
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private static void Write(SyncBody body, string json) => body.Write(
        JsonSerializer.Deserialize(json, ProtocolJsonContext.Default.DictionaryStringJsonElement)!,
        ProtocolJsonContext.Default.DictionaryStringJsonElement);
}
