using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Hosting;

public sealed class OptionsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("LivenessTimeout", "00:00:00", "Downlink:LivenessTimeout must be between 00:00:00.001 and 1.00:00:00.")]
    [InlineData("ReconnectDelay", "-00:00:01", "Downlink:ReconnectDelay must be between 00:00:00.001 and 1.00:00:00.")]
    [InlineData("FallbackWindow", "2.00:00:00", "Downlink:FallbackWindow must be between 00:00:00.001 and 1.00:00:00.")]
    [InlineData("ConnectTimeout", "01:00:00", "Downlink:ConnectTimeout must be between 00:00:00.001 and 00:05:00.")]
    [InlineData("ShutdownTimeout", "1.00:00:01", "Downlink:ShutdownTimeout must be between 00:00:00.001 and 1.00:00:00.")]
    [InlineData("WakeTimeout", "00:00:00", "Downlink:WakeTimeout must be between 00:00:00.001 and 1.00:00:00.")]
    [InlineData("SyncTimeout", "00:00:00", "Downlink:SyncTimeout must be between 00:00:00.001 and 1.00:00:00.")]
    [InlineData("UserAgent", "a\nb", "Downlink:UserAgent must hold visible ASCII characters and spaces only.")]
    [InlineData("MaxStreamFailures", "0", "Downlink:MaxStreamFailures must be between 1 and 1000000.")]
    [InlineData("MaxLineBytes", "15", "Downlink:MaxLineBytes must be between 16 and 1073741824.")]
    [InlineData("AgentId", "", "Downlink:AgentId must not be empty.")]
    [InlineData("Mode", "17", "Downlink:Mode must be one of Auto, Stream, LongPoll.")]
    [InlineData("Servers:0", "", "Downlink:Servers: At least one control plane URL is needed.")]
    [InlineData("Servers:0", "http://a.example",
        "Downlink:Servers: 'http://a.example/' is plain http to a host that is not loopback: use https, or allow insecure http.")]
    [InlineData("BasePath", "api", "Downlink:BasePath must be a path that begins with '/' and has no query, no fragment, no empty segment "
        + "and none that is '.' or '..'.")]
    [InlineData("StateFile", "/no/such/directory/state", "Downlink:StateFile: the directory of '/no/such/directory/state' does not exist.")]
    public async Task Bad_value_keeps_the_host_from_starting_and_is_named_with_its_key_and_range(string key, string value, string message)
    {
        await using var harness = new HostHarness();
        harness.Configuration[$"Downlink:{key}"] = value;
        IHost host = harness.Build();

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(message, Assert.Single(exception.Failures));
        Assert.Empty(harness.Server.Requests);
    }

    [Theory]
    [InlineData("LivenessTimeout", "40s")]
    [InlineData("Mode", "both")]
    [InlineData("MaxLineBytes", "many")]
    public async Task Value_of_the_wrong_form_keeps_the_host_from_starting_and_its_key_is_named(string key, string value)
    {
        await using var harness = new HostHarness();
        harness.Configuration[$"Downlink:{key}"] = value;
        IHost host = harness.Build();

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains($"Downlink:{key}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_bad_values_are_told_at_once()
    {
        await using var harness = new HostHarness();
        harness.Configuration["Downlink:Servers:0"] = "";
        harness.Configuration["Downlink:SyncInterval"] = "00:00:00";
        harness.Configuration["Downlink:Mode"] = "5";
        IHost host = harness.Build();

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(3, exception.Failures.Count());
    }

    [Fact]
    public async Task Values_come_from_the_section()
    {
        await using var harness = new HostHarness();
        harness.Configuration["Downlink:Servers:1"] = "https://b.example";
        harness.Configuration["Downlink:Mode"] = "longpoll";
        harness.Configuration["Downlink:LivenessTimeout"] = "00:00:25";
        harness.Configuration["Downlink:MaxEventBytes"] = "4096";
        harness.Configuration["Downlink:UserAgent"] = "agent/1";
        DownlinkOptions options = harness.Build().Services.GetRequiredService<IOptions<DownlinkOptions>>().Value;

        Assert.Equal([new Uri("https://a.example"), new Uri("https://b.example")], options.Servers);
        Assert.Equal("agent/1", options.UserAgent);
        Assert.Equal(
            (DownlinkMode.LongPoll, TimeSpan.FromSeconds(25), 4096), (options.Mode, options.LivenessTimeout, options.MaxEventBytes));
    }

    [Fact]
    public void Options_set_in_code_are_checked_under_their_own_name()
    {
        var services = new ServiceCollection();
        services.AddAgentDownlink<RecordingHandler>(options => options.Servers.Add(new Uri("https://a.example")))
            .UseApiKey<TimeProvider>((_, _) => ValueTask.FromResult("key"));
        services.Configure<DownlinkOptions>(options => options.MaxStreamFailures = -1);
        using ServiceProvider provider = services.BuildServiceProvider();

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(
            () => provider.GetRequiredService<AgentDownlink>());
        Assert.Equal("DownlinkOptions.MaxStreamFailures must be between 1 and 1000000.", Assert.Single(exception.Failures));
    }

    [Theory]
    [InlineData(null, "Downlink:ApiKeyFile: a file with the API key is needed, or UseApiKey.")]
    [InlineData("two words", "it must be one line of visible ASCII characters")]
    [InlineData("", "it must be one line of visible ASCII characters")]
    public async Task Key_file_that_cannot_be_used_keeps_the_host_from_starting_and_is_not_quoted(string? contents, string message)
    {
        await using var harness = new HostHarness();
        if (contents is not null)
        {
            await File.WriteAllTextAsync(_file, contents);
            harness.Configuration["Downlink:ApiKeyFile"] = _file;
        }

        IHost host = harness.Build(givesKey: false);
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.EndsWith(message, Assert.Single(exception.Failures), StringComparison.Ordinal);
        Assert.DoesNotContain("two", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_file_is_read_for_each_request_and_the_last_key_stays_while_it_cannot_be()
    {
        await using var harness = new HostHarness();
        await File.WriteAllTextAsync(_file, "key-1\n");
        harness.Configuration["Downlink:ApiKeyFile"] = _file;
        harness.Configuration["Downlink:Mode"] = "LongPoll";
        IHost host = harness.Build(givesKey: false);
        await host.StartAsync();

        (await harness.Server.SyncAsync()).Json("{}");
        ScriptedRequest poll = await harness.Server.WakeAsync();
        Assert.Equal("key-1", Key(poll));
        await File.WriteAllTextAsync(_file, "key-2\n");
        poll.Json("""{"wake":false}""");
        poll = await harness.Server.WakeAsync();
        Assert.Equal("key-2", Key(poll));
        await File.WriteAllTextAsync(_file, "");
        poll.Json("""{"wake":false}""");
        Assert.Equal("key-2", Key(await harness.Server.WakeAsync()));
        await harness.StopAsync();

        Assert.Single(harness.Logs.Lines, line => line.Contains(" Warning 20 ", StringComparison.Ordinal));
        Assert.DoesNotContain(harness.Logs.Lines, line => line.Contains("key-", StringComparison.Ordinal));

        static string? Key(ScriptedRequest request) => request.Message.Headers.Authorization?.Parameter;
    }
}
