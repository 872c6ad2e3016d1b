extern alias UnarrAgent;

using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using Unarr.Agents.Protocol;
using UnarrAgent::Unarr.Agent.Terminal;

namespace Unarr.EndToEnd.Tests.Agent;

public class JsonLineTests
{
    [Theory]
    [InlineData("a\u202eb\"c\\\u2066\n", "{\"t\":\"a\\u202eb\\\"c\\\\\\u2066\\n\"}\n")]
    [InlineData("\u009b2J\u2028é日<&>", "{\"t\":\"\\u009B2J\\u2028é日<&>\"}\n")]
    public void Text_of_a_peer_moves_no_terminal_and_turns_no_text(string text, string line) => Assert.Equal(line, Line(text));

    [Property]
    public bool Text_is_read_back_as_it_was(NonNull<string> text)
    {
        string given = $"{Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get))}\u202e";
        string line = Line(given);
        return JsonDocument.Parse(line).RootElement.GetProperty("t").GetString() == given
            && OneLine.Of(line.TrimEnd('\n')) == line.TrimEnd('\n');
    }

    [Property]
    public bool Json_of_a_peer_is_read_back_as_it_was_and_moves_no_terminal(NonNull<string> name, NonNull<string> text, int number)
    {
        (string key, string value) = (WellFormed(name.Get), $"{WellFormed(text.Get)}\u202e\u009b\u007f😀");
        var control = new Control("a")
        {
            Parameters = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { [key] = value, ["\u2066"] = number }),
        };
        string line = Encoding.UTF8.GetString(JsonLine.Of(json => JsonLine.Json(json, "p", control.Parameters.Span)));
        JsonElement read = JsonDocument.Parse(line).RootElement.GetProperty("p");
        return read.GetProperty(key).GetString() == value
            && read.GetProperty("\u2066").GetInt32() == number
            && OneLine.Of(line.TrimEnd('\n')) == line.TrimEnd('\n');
    }

    [Fact]
    public void No_json_is_no_member() => Assert.Equal("{}\n", Encoding.UTF8.GetString(JsonLine.Of(json => JsonLine.Json(json, "p", []))));

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Line(string text) => Encoding.UTF8.GetString(JsonLine.Of(json => JsonLine.Text(json, "t", text)));
}
