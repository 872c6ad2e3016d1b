using System.Text;
using System.Text.Json;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Protocol;

public sealed class SyncJsonTests
{
    [Theory]
    [InlineData("{}", 0, false)]
    [InlineData("""{"controls":null,"watching":false}""", 0, false)]
    [InlineData("""{"watching":null}""", 0, false)]
    [InlineData("""{"Watching":true,"CONTROLS":[null],"watching":null}""", 1, true)]
    [InlineData("""{"watching":true,"controls":[{"action":"pause"}],"more":{"of":["anything"]}}""", 1, true)]
    public void An_answer_is_read_and_what_it_lacks_is_empty(string json, int controls, bool watching)
    {
        SyncResponse response = JsonSerializer.Deserialize(json, ProtocolJson.SyncResponse)!;
        Assert.Equal(controls, response.Controls.Count);
        Assert.Equal(watching, response.Watching);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"watching":"yes"}""")]
    [InlineData("""{"watching":1}""")]
    [InlineData("""{"acknowledged":"no"}""")]
    [InlineData("""{"controls":[]} {}""")]
    public void What_is_no_answer_does_not_parse(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(json, ProtocolJson.SyncResponse));

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"acknowledged":null}""", null)]
    [InlineData("""{"acknowledged":true}""", true)]
    [InlineData("""{"Acknowledged":false,"acknowledged":null}""", false)]
    public void An_answer_says_whether_it_stored_what_was_acknowledged(string json, bool? expected)
    {
        SyncResponse response = JsonSerializer.Deserialize(json, ProtocolJson.SyncResponse)!;
        Assert.Equal(expected, response.Acknowledged);
        string written = JsonSerializer.Serialize(response, ProtocolJson.SyncResponse);
        Assert.Equal(expected, JsonSerializer.Deserialize(written, ProtocolJson.SyncResponse)!.Acknowledged);
    }

    [Fact]
    public void A_control_over_a_bound_is_left_out_of_an_answer_alone()
    {
        string json = $$"""{"controls":[{"action":"a"},{"id":"c1","taskId":"{{new string('x', 1025)}}"}],"watching":true}""";
        SyncResponse response = JsonSerializer.Deserialize(json, ProtocolJson.SyncResponse)!;
        Assert.Equal([new Control("a")], response.Controls);
        Assert.Equal("c1", Assert.Single(response.Rejected).Id);
        Assert.True(response.Watching);
    }

    [Fact]
    public void An_answer_has_at_most_1024_controls()
    {
        string controls = string.Join(',', Enumerable.Repeat("{}", 1024));
        Assert.Equal(1024, JsonSerializer.Deserialize($"{{\"controls\":[{controls}]}}", ProtocolJson.SyncResponse)!.Controls.Count);
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize($"{{\"controls\":[{controls},{{}}]}}", ProtocolJson.SyncResponse));
    }

    [Fact]
    public void A_request_is_written_with_what_the_application_adds()
    {
        var request = new SyncRequest
        {
            AgentId = "a1",
            Name = "box",
            Version = "1.2",
            Os = "linux",
            Arch = "x64",
            Tasks = [JsonElement.Parse("""{"id":"t1","done":0.5}""")],
            Additional = new() { ["diskFree"] = JsonElement.Parse("123"), ["tags"] = JsonElement.Parse("""["a"]""") },
        };
        string json = JsonSerializer.Serialize(request, ProtocolJson.SyncRequest);
        Assert.Equal(
            """{"agentId":"a1","name":"box","version":"1.2","os":"linux","arch":"x64","tasks":["""
            + """{"id":"t1","done":0.5}],"diskFree":123,"tags":["a"]}""",
            json);
    }

    [Fact]
    public void A_request_that_was_written_is_read_back()
    {
        const string Json = """{"agentId":"a1","name":"box","os":"linux","arch":"x64","tasks":[{"id":"t1"},7],"more":{"deep":[1]}}""";
        SyncRequest request = JsonSerializer.Deserialize(Json, ProtocolJson.SyncRequest)!;
        Assert.Equal("a1", request.AgentId);
        Assert.Equal(2, request.Tasks.Count);
        Assert.Equal("""{"deep":[1]}""", request.Additional!["more"].GetRawText());
        Assert.Equal(Json, JsonSerializer.Serialize(request, ProtocolJson.SyncRequest));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"agentId":7}""")]
    [InlineData("""{"agentId":null}""")]
    [InlineData("""{"agentId":"a","tasks":{}}""")]
    public void A_request_without_what_it_must_have_does_not_parse(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(json, ProtocolJson.SyncRequest));

    [Fact]
    public void A_request_is_read_as_leniently_as_an_answer()
    {
        byte[] json = Encoding.Latin1.GetBytes(
            """
            {"AGENTID":"aÿ","name":null,"Os":"\ud800","tasks":null,"AppliedControls":["c1",null],
            "failedcontrols":[null,{"ID":"c2","error":null}],"more":null}
            """);
        SyncRequest request = JsonSerializer.Deserialize(json, ProtocolJson.SyncRequest)!;
        Assert.Equal(("a\uFFFD", "", "\uFFFD"), (request.AgentId, request.Name, request.Os));
        Assert.Empty(request.Tasks);
        Assert.Equal(["c1", ""], request.AppliedControls);
        Assert.Equal([new FailedControl { Id = "" }, new FailedControl { Id = "c2" }], request.FailedControls);
        Assert.Equal(JsonValueKind.Null, request.Additional!["more"].ValueKind);
    }

    [Theory]
    [InlineData("""{"agentId":"a1","os":"linux","tasks":[{"id":"t1"},7],"more":{"deep":[1]},"appliedControls":["c1"]}""", 2)]
    [InlineData("""{"agentId":"a1","tasks":[1],"tasks":[],"more":7,"os":"linux","appliedControls":["c1"]}""", 0)]
    [InlineData("""{"agentId":"a1","tasks":[[1,2],3,{}],"TASKS":null,"os":"linux","appliedControls":["c1"]}""", 3)]
    public void Head_of_a_request_is_read_without_what_is_the_applications(string json, int tasks)
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(json)];
        foreach (int piece in new[] { 1, 1000 })
        {
            SyncRequest head = Payload.ReadSyncHead(Segment.Sequence(Framing.Split(bytes, [piece])));
            Assert.Equal(("a1", "linux", tasks), (head.AgentId, head.Os, head.TaskCount));
            Assert.Equal(["c1"], head.AppliedControls);
            Assert.Null(head.Additional);
            Assert.Empty(head.Tasks);
        }

        Assert.Equal(tasks, JsonSerializer.Deserialize(json, ProtocolJson.SyncRequest)!.TaskCount);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"agentId":"a","tasks":{}}""")]
    [InlineData("""{"agentId":"a","tasks":[}""")]
    [InlineData("""{"agentId":"a","more":[}""")]
    [InlineData("""{"agentId":"a"} x""")]
    public void Head_without_what_a_request_must_have_does_not_parse(string json) =>
        Assert.ThrowsAny<JsonException>(() => Payload.ReadSyncHead(new(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void An_error_is_read_as_leniently_as_an_answer()
    {
        byte[] json = Encoding.Latin1.GetBytes("""{"Error":"A\ud800","error":null,"MESSAGE":"ÿ","details":{"message":7}}""");
        ErrorResponse error = JsonSerializer.Deserialize(json, ProtocolJsonContext.Default.ErrorResponse)!;
        Assert.Equal(("A\uFFFD", "\uFFFD"), (error.Error, error.Message));
    }

    [Fact]
    public void Of_a_request_what_is_empty_is_left_out() =>
        Assert.Equal("""{"agentId":"a1"}""", JsonSerializer.Serialize(new SyncRequest { AgentId = "a1" }, ProtocolJson.SyncRequest));

    [Theory]
    [InlineData("""{"wake":null}""", false)]
    [InlineData("""{"wake":true,"WAKE":null}""", true)]
    [InlineData("""{"Wake":true}""", true)]
    [InlineData("""{"wake":true}""", true)]
    [InlineData("""{"wake":false,"newer":1}""", false)]
    [InlineData("{}", false)]
    public void A_wake_is_read(string json, bool wake) =>
        Assert.Equal(wake, JsonSerializer.Deserialize(json, ProtocolJson.WakeResponse)!.Wake);
}
