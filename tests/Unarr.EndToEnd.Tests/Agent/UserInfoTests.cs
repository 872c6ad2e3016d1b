extern alias UnarrAgent;



using UnarrAgent::Unarr.Agent.Connecting;

namespace Unarr.EndToEnd.Tests.Agent;

public class UserInfoTests
{
    [Theory]
    [InlineData("no address", "no address")]
    [InlineData("mail a@b", "mail a@b")]
    [InlineData("The proxy tunnel request to proxy 'http://user:pass@proxy:3128/' failed.",
        "The proxy tunnel request to proxy 'http://proxy:3128/' failed.")]
    [InlineData("http://u:p@ss@a/ and https://b/ and socks5://x@c", "http://a/ and https://b/ and socks5://c")]
    [InlineData("//@//@", "//")]
    public void User_and_password_are_taken_out_of_addresses(string text, string hidden) => Assert.Equal(hidden, UserInfo.Hidden(text));
}
