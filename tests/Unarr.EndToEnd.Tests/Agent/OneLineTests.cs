extern alias UnarrAgent;



using UnarrAgent::Unarr.Agent.Terminal;

namespace Unarr.EndToEnd.Tests.Agent;

public class OneLineTests
{
    [Theory]
    [InlineData("plain text, é 日 😀", "plain text, é 日 😀")]
    [InlineData("a\r\n\tb\e[2J\u007f", "a   b [2J ")]
    [InlineData("a\u0085b\u009b2Jc", "a b 2Jc")]
    [InlineData("a\u2028b\u2029c", "a b c")]
    [InlineData("a\u202eb\u2066c\u2069d\u200fe\u061cf", "a b c d e f")]
    public void Text_of_a_peer_has_no_character_that_moves_a_terminal_or_turns_its_text(string text, string line) =>
        Assert.Equal(line, OneLine.Of(text));
}
