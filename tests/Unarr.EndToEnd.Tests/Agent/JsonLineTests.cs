extern alias UnarrAgent;

using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
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

    private static string Line(string text) => Encoding.UTF8.GetString(JsonLine.Of(json => JsonLine.Text(json, "t", text)));
}
