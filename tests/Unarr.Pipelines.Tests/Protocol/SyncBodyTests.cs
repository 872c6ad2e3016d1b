using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;
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

    private static void Write(SyncBody body, string json) => body.Write(
        JsonSerializer.Deserialize(json, ProtocolJsonContext.Default.DictionaryStringJsonElement)!,
        ProtocolJsonContext.Default.DictionaryStringJsonElement);
}
