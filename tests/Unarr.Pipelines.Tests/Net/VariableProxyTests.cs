using System.Net;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;
using Xunit;

namespace Unarr.Pipelines.Tests.Net;

public sealed class VariableProxyTests
{
    private const string Password = "pass-word-0123";
    private const string Known = "http, https, socks4, socks4a and socks5 are known.";
    private const string Socks5h = "socks5h is not known; write socks5, which leaves names to the proxy too.";

    [Theory]
    [InlineData("https_proxy=http://lower:1;HTTPS_PROXY=http://upper:2", "https://a.example", "http://lower:1/")]
    [InlineData("HTTPS_PROXY=http://upper:2", "https://a.example", "http://upper:2/")]
    [InlineData("https_proxy=;HTTPS_PROXY=http://upper:2", "https://a.example", "http://upper:2/")]
    [InlineData("https_proxy=http://lower:1;all_proxy=http://all:3", "http://a.example", "http://all:3/")]
    [InlineData("https_proxy=http://lower:1;ALL_PROXY=http://all:3", "http://a.example", "http://all:3/")]
    [InlineData("https_proxy=http://lower:1", "http://a.example", null)]
    [InlineData("http_proxy=http://lower:1", "https://a.example", null)]
    [InlineData("http_proxy=http://lower:1", "http://a.example", "http://lower:1/")]
    [InlineData("HTTP_PROXY=http://upper:1", "http://a.example", "http://upper:1/")]
    [InlineData("HTTP_PROXY=http://upper:1;GATEWAY_INTERFACE=CGI/1.1", "http://a.example", null)]
    [InlineData("https_proxy=proxy", "https://a.example", "http://proxy/")]
    [InlineData("https_proxy=proxy:3128", "https://a.example", "http://proxy:3128/")]
    [InlineData("https_proxy= http://proxy:3128/ ", "https://a.example", "http://proxy:3128/")]
    [InlineData("https_proxy=HTTP://proxy:3128/x?y", "https://a.example", "http://proxy:3128/")]
    [InlineData("https_proxy=https://proxy", "https://a.example", "https://proxy/")]
    [InlineData("https_proxy=socks5://proxy", "https://a.example", "socks5://proxy:1080/")]
    [InlineData("https_proxy=socks4a://proxy:9", "https://a.example", "socks4a://proxy:9/")]
    [InlineData("https_proxy=http://[::1]:3128", "https://a.example", "http://[::1]:3128/")]
    [InlineData("https_proxy=http://[::1]", "https://a.example", "http://[::1]/")]
    [InlineData("https_proxy=http://user:p@ss/w#rd@proxy:3128", "https://a.example", "http://proxy:3128/")]
    [InlineData("https_proxy=http://proxy:1;no_proxy=b.example , a.example", "https://a.example", null)]
    [InlineData("https_proxy=http://proxy:1;no_proxy=b.example a.example", "https://a.example", null)]
    [InlineData("https_proxy=http://proxy:1;NO_PROXY=a.example", "https://a.example", null)]
    [InlineData("https_proxy=http://proxy:1;no_proxy=;NO_PROXY=a.example", "https://a.example", null)]
    [InlineData("https_proxy=http://proxy:1;no_proxy=b.example;NO_PROXY=a.example", "https://a.example", "http://proxy:1/")]
    [InlineData("https_proxy=http://proxy:1;no_proxy=,", "https://a.example", "http://proxy:1/")]
    [InlineData("all_proxy=http://proxy:1", "https://localhost", null)]
    [InlineData("all_proxy=http://proxy:1", "https://LOCALHOST.", null)]
    [InlineData("all_proxy=http://proxy:1", "https://agent.localhost", null)]
    [InlineData("all_proxy=http://proxy:1", "http://127.0.0.1:8080", null)]
    [InlineData("all_proxy=http://proxy:1", "http://127.9.8.7", null)]
    [InlineData("all_proxy=http://proxy:1", "http://2130706433", null)]
    [InlineData("all_proxy=http://proxy:1", "http://[::1]", null)]
    [InlineData("all_proxy=http://proxy:1", "http://[::ffff:127.0.0.1]", null)]
    [InlineData("all_proxy=http://proxy:1", "https://notlocalhost", "http://proxy:1/")]
    [InlineData("all_proxy=http://proxy:1", "https://localhost.example", "http://proxy:1/")]
    [InlineData("all_proxy=http://proxy:1", "http://128.0.0.1", "http://proxy:1/")]
    public void Url_takes_the_proxy_that_the_variables_name(string variables, string url, string? proxy)
    {
        GuardedProxy guarded = GuardedProxy.Of(Environment(variables));
        var uri = new Uri(url);
        Assert.Equal(proxy is null, guarded.IsBypassed(uri));
        Assert.Equal(proxy, guarded.GetProxy(uri)?.AbsoluteUri);
    }

    [Theory]
    [InlineData("http://user:pass@proxy:3128", "user", "pass", "")]
    [InlineData("user:pass@proxy:3128", "user", "pass", "")]
    [InlineData("http://us%40er:p%3Ass%25@proxy:3128", "us@er", "p:ss%", "")]
    [InlineData("http://user:p@ss/w#rd@proxy:3128", "user", "p@ss/w#rd", "")]
    [InlineData("http://user@proxy:3128", "user", "", "")]
    [InlineData("http://corp\\user:pass@proxy:3128", "user", "pass", "corp")]
    [InlineData("socks5://user:pass@proxy", "user", "pass", "")]
    public void User_name_and_password_are_the_proxy_s_credentials_and_in_no_url(string value, string user, string password, string domain)
    {
        GuardedProxy proxy = GuardedProxy.Of(Environment($"https_proxy={value}"));
        Uri address = proxy.GetProxy(new Uri("https://a.example"))!;
        NetworkCredential credential = proxy.Credentials!.GetCredential(address, "Basic")!;
        Assert.Equal((user, password, domain), (credential.UserName, credential.Password, credential.Domain));
        Assert.Empty(address.UserInfo);
        Assert.Null(proxy.Credentials.GetCredential(new Uri("https://a.example"), "Basic"));
    }

    [Theory]
    [InlineData("https_proxy", $"socks5h://user:{Password}@proxy:1080", Socks5h)]
    [InlineData("HTTPS_PROXY", $"\"http://user:{Password}@proxy:3128\"", "its value is in quotes; write it without them.")]
    [InlineData("http_proxy", $"'http://user:{Password}@proxy:3128'", "its value is in quotes; write it without them.")]
    [InlineData("all_proxy", $"http://user:{Password}@proxy:3128\"", "its value is in quotes; write it without them.")]
    [InlineData("ALL_PROXY", $"socks://user:{Password}@proxy:3128", $"the scheme socks is not known; {Known}")]
    [InlineData("https_proxy", $"user:{Password}://proxy", $"it has no scheme that is known; {Known}")]
    [InlineData("https_proxy", $"http://user:{Password}@proxy:port", "its port is not a number from 1 to 65535.")]
    [InlineData("https_proxy", $"http://user:{Password}@proxy:0", "its port is not a number from 1 to 65535.")]
    [InlineData("https_proxy", $"http://user:{Password}@proxy:65536", "its port is not a number from 1 to 65535.")]
    [InlineData("https_proxy", $"http://user:{Password}@", "it names no host.")]
    [InlineData("https_proxy", $"http://user:{Password}@\"proxy\":3128", "it names no host.")]
    [InlineData("https_proxy", "http://", "it names no host.")]
    [InlineData("https_proxy", $"http://user:{Password}@pro xy:3128", "it names no host.")]
    public void Value_that_cannot_be_used_is_refused_by_its_variable_s_name(string variable, string value, string problem)
    {
        ProxyVariableException refusal =
            Assert.Throws<ProxyVariableException>(() => GuardedProxy.Of(name => name == variable ? value : null));
        Assert.Equal(variable, refusal.Variable);
        Assert.Equal($"The environment variable {variable} cannot be used: {problem}", refusal.Message);
        Assert.DoesNotContain(Password, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Quoted_no_proxy_is_refused_too()
    {
        ProxyVariableException refusal =
            Assert.Throws<ProxyVariableException>(() => GuardedProxy.Of(Environment("https_proxy=proxy;no_proxy=\"a.example\"")));
        Assert.Equal("no_proxy", refusal.Variable);
    }

    [Fact]
    public void Handler_of_the_library_has_the_guarded_proxy()
    {
        using SocketsHttpHandler handler = ControlPlaneClient.CreateHandler();
        Assert.IsType<GuardedProxy>(handler.Proxy);
        Assert.True(handler.Proxy.IsBypassed(new Uri("http://127.0.0.1")));
    }

    private static Func<string, string?> Environment(string variables)
    {
        var values = variables.Split(';').Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        return values.GetValueOrDefault;
    }
}
