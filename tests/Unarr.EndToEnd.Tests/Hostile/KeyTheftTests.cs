using System.Text;
using Unarr.EndToEnd.Tests.Agent;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Servers that want the key somewhere else: at another server, in a cookie, in a log.</summary>
public class KeyTheftTests
{
    private static readonly string[] Everywhere = ["events", "wake", "sync"];

    /// <summary>Where a server that was told the key can say it; what a control names is the control's, and not among them.</summary>
    private static readonly Dictionary<string, string> Echoes = new()
    {
        ["no HTTP"] = "KEY\r\n\r\n",
        ["reason"] = "HTTP/1.1 500 KEY\r\nContent-Length: 0\r\n\r\n",
        ["status"] = "HTTP/1.1 KEY no\r\n\r\n",
        ["header that is none"] = "HTTP/1.1 200 OK\r\nKEY\r\n\r\n",
        ["header's name"] = "HTTP/1.1 200 OK\r\nX KEY: x\r\n\r\n",
        ["error page"] = "HTTP/1.1 500 No\r\nContent-Length: 24\r\n\r\nx KEY x x",
        ["error as JSON"] = "HTTP/1.1 500 No\r\nContent-Type: application/json\r\n\r\n{\"error\":\"KEY\"}",
        ["error cut in the key"] = $"HTTP/1.1 500 No\r\n\r\n{new string('x', 1014)}KEY",
        ["content type"] = "HTTP/1.1 200 OK\r\nContent-Type: text/KEY\r\nContent-Length: 0\r\n\r\n",
        ["content encoding"] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: KEY\r\nContent-Length: 0\r\n\r\n",
        ["chunk's size"] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nKEY\r\n",
        ["Retry-After"] = "HTTP/1.1 429 No\r\nRetry-After: KEY\r\nContent-Length: 0\r\n\r\n",
        ["location"] = "HTTP/1.1 302 Found\r\nLocation: https://KEY.invalid/KEY\r\nContent-Length: 0\r\n\r\n",
        ["location that is no address"] = "HTTP/1.1 302 Found\r\nLocation: http://[KEY\r\nContent-Length: 0\r\n\r\n",
        ["JSON that is none"] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\nKEY",
        ["JSON member"] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"KEY\":{\"KEY\":KEY}}",
        ["JSON control"] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"controls\":[{\"KEY\":1,\"action\":7}]}",
        ["comment and event"] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: KEY hb=KEY\n\nevent: KEY\ndata: KEY\n\n",
        ["command"] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            + "event: command\ndata: {\"KEY\":KEY}\n\nevent: command\ndata: KEY\n\n",
    };

    public static TheoryData<string> Places => new(Echoes.Keys);

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Key_that_a_server_sends_back_is_in_no_output_and_no_log(string place)
    {
        await using HostileServer server = new();
        server.Begin(new Attack(Everywhere, "", exchange => exchange.WriteAsync(
            Echoes[place].Replace("KEY", exchange.Request.Header("Authorization")!["Bearer ".Length..], StringComparison.Ordinal))));
        await using AgentCommand agent = AgentCommand.Start(
            ["run", "--server", server.Address.AbsoluteUri, "--first-frame-grace", "10ms", "--poll-retry-delay", "10ms",
                "--reconnect-delay", "10ms"],
            environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = HostileClient.Key });
        await server.UntilAskedAsync();
        Assert.Equal(0, await agent.EndAsync());

        StringBuilder said = new(agent.Error);
        while (await agent.ReadLineAsync() is { } line)
        {
            said.AppendLine(line);
        }

        Assert.NotEqual(0, said.Length);
        Assert.DoesNotContain(HostileClient.Key, said.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("301 Moved Permanently")]
    [InlineData("302 Found")]
    [InlineData("303 See Other")]
    [InlineData("307 Temporary Redirect")]
    [InlineData("308 Permanent Redirect")]
    public async Task Mirror_that_redirects_to_a_thief_sends_the_key_to_nobody(string status)
    {
        await using HostileServer thief = new();
        await using HostileServer mirror = new();
        mirror.Begin(new Attack(Everywhere, "", exchange => exchange.AnswerAsync(
            status, $"Location: {thief.Address.AbsoluteUri.TrimEnd('/')}{exchange.Request.Path}\r\n", "")));
        using HostileClient client = new(mirror.Address);
        foreach (string endpoint in Everywhere)
        {
            Assert.Equal($"HttpStatus {status[..3]}", await client.OutcomeAsync(endpoint));
        }

        Assert.Empty(thief.Requests);
    }

    [Fact]
    public async Task Cookie_that_a_server_sets_is_not_sent_back()
    {
        await using HostileServer server = new();
        server.Sync = exchange =>
            exchange.AnswerAsync("200 OK", "Content-Type: application/json\r\nSet-Cookie: follow=me; Path=/\r\n", "{\"controls\":[]}");
        using HostileClient client = new(server.Address);
        for (int sync = 0; sync < 3; sync++)
        {
            Assert.Equal("Ended", await client.OutcomeAsync("sync"));
        }

        Assert.Equal(3, server.Count("sync"));
        Assert.All(server.Requests, request => Assert.Null(request.Header("Cookie")));
    }
}
