using System.Text.Json;
using Unarr.EndToEnd.Tests.Middleboxes;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>What the agent's commands make of the environment's proxy variables.</summary>
public class ProxyVariableTests
{
    private const string Password = "pass-word-0123";

    [Theory]
    [InlineData("https_proxy", $"socks5h://user:{Password}@proxy:1080", "socks5h")]
    [InlineData("http_proxy", $"\"http://user:{Password}@proxy:3128\"", "quotes")]
    public async Task Variable_that_cannot_be_used_ends_run_and_probe_with_one_line(string variable, string value, string problem)
    {
        foreach (string[] command in new string[][] { ["run", "--server", "https://a.example"], ["probe", "https://a.example"] })
        {
            await using AgentCommand agent = Start(command, variable, value);

            Assert.Equal(2, await agent.Ended.WaitAsync(AgentCommand.Patience));

            string line = Assert.Single(agent.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.StartsWith($"The environment variable {variable} cannot be used: ", line, StringComparison.Ordinal);
            Assert.Contains(problem, line, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Loopback_is_reached_whatever_the_variables_name()
    {
        using LoopbackPort nobody = new();
        string proxy = $"http://user:{Password}@127.0.0.1:{nobody.Number}";
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream = ": connected hb=100\n\n";
        await using AgentCommand agent = Start(["run", "--server", controlPlane.Url], "all_proxy", proxy);
        Assert.True((await agent.ReadAsync("sync")).GetProperty("ok").GetBoolean());
        await using AgentCommand probe = Start(["probe", "--json", controlPlane.Url], "http_proxy", proxy);

        JsonElement report = JsonDocument.Parse((await probe.ReadLineAsync())!).RootElement;

        Assert.NotEqual("unreachable", report.GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task Proxy_that_is_not_there_is_named_by_run_and_probe_without_its_password()
    {
        using LoopbackPort nobody = new();
        string proxy = $"http://user:{Password}@127.0.0.1:{nobody.Number}";
        string named = $"the proxy http://127.0.0.1:{nobody.Number} cannot be reached: connection refused";
        await using AgentCommand agent = Start(["run", "--server", "https://a.example"], "https_proxy", proxy);
        JsonElement route = await agent.ReadAsync("route", line => line.GetProperty("state").GetString() == "waiting");
        Assert.EndsWith(named, route.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await using AgentCommand probe = Start(["probe", "--json", "https://a.example"], "https_proxy", proxy);

        string report = (await probe.ReadLineAsync())!;

        Assert.Contains(named, report, StringComparison.Ordinal);
        Assert.Equal(14, await probe.Ended.WaitAsync(AgentCommand.Patience));
        Assert.All(new[] { report, agent.Error, probe.Error }, text => Assert.DoesNotContain(Password, text, StringComparison.Ordinal));
    }

    private static AgentCommand Start(string[] command, string variable, string value) =>
        AgentCommand.Start(command, environment: new Dictionary<string, string> { ["UNARR_API_KEY"] = "key", [variable] = value });
}
