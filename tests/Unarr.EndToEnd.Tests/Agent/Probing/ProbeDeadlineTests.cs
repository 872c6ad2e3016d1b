extern alias UnarrAgent;

using System.Net;
using System.Net.Sockets;
using UnarrAgent::Unarr.Agent.Probing;

namespace Unarr.EndToEnd.Tests.Agent.Probing;

/// <summary>"In a minute at most": whatever the other side does, the deadline ends the probe. Without it these would take hours.</summary>
public class ProbeDeadlineTests
{
    private static readonly TimeSpan Hours = TimeSpan.FromHours(10);

    [Fact]
    public void Deadline_is_within_a_minute() =>
        Assert.True(new ProbeOptions { Url = new Uri("http://127.0.0.1/") }.Deadline < TimeSpan.FromMinutes(1));

    [Theory]
    [InlineData("/")]
    [InlineData("/base")]
    public async Task Server_that_never_answers_ends_with_the_deadline(string path)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();

        Assert.Equal(ProbeVerdict.Unreachable, (await ProbeAsync($"http://{listener.LocalEndpoint}{path}")).Finding.Verdict);
    }

    [Theory]
    [InlineData("")]
    [InlineData(": connected hb=3000000\n\n")]
    [InlineData("data: hello\n\n")]
    public async Task Stream_that_says_no_more_ends_with_the_deadline(string first)
    {
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.WriteAsync(System.Text.Encoding.ASCII.GetBytes(first));
            await PathServer.HoldAsync(context);
        });

        Assert.NotEqual(ProbeVerdict.Streams, (await ProbeAsync($"{server.Url}/stream")).Finding.Verdict);
    }

    private static Task<ProbeReport> ProbeAsync(string url)
    {
        var options = new ProbeOptions { Url = new Uri(url), ConnectTimeout = Hours, Window = Hours, Deadline = TimeSpan.FromSeconds(1) };
        return new Probe(options, TimeProvider.System).RunAsync(CancellationToken.None).WaitAsync(AgentCommand.Patience);
    }
}
