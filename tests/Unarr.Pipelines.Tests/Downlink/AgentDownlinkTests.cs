using Unarr.Agents.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What the public class checks, and what it does with what it is given.</summary>
public sealed class AgentDownlinkTests : IDisposable
{
    private static readonly DownlinkServices Key = new() { GetApiKey = _ => ValueTask.FromResult(ClientHarness.Key) };

    private readonly string _file = Path.GetTempFileName();

    public static TheoryData<string, Action<DownlinkOptions>> OutOfRange => new()
    {
        { "SyncInterval must be between 00:00:00.001 and 1.00:00:00.", options => options.SyncInterval = TimeSpan.Zero },
        { "LivenessTimeout must be between 00:00:00.001 and 1.00:00:00.", options => options.LivenessTimeout = TimeSpan.FromDays(2) },
        { "ConnectTimeout must be between 00:00:00.001 and 00:05:00.", options => options.ConnectTimeout = TimeSpan.FromMinutes(6) },
        { "MaxStreamFailures must be between 1 and 1000000.", options => options.MaxStreamFailures = 0 },
        { "MaxEventBytes must be between 16 and 1073741824.", options => options.MaxEventBytes = 15 },
        { "Mode must be one of Auto, Stream, LongPoll.", options => options.Mode = (DownlinkMode)3 },
    };

    public static TheoryData<string, Action<DownlinkOptions>> Unusable => new()
    {
        { "Servers: At least one control plane URL is needed.", options => options.Servers = [] },
        { "Servers: 'nowhere' is not an absolute http or https URL.", options => options.Servers = [new("nowhere", UriKind.Relative)] },
        { "is plain http to a host that is not loopback", options => options.Servers = [new("http://a.example")] },
        { "must not carry a user name, a query or a fragment.", options => options.Servers = [new("https://me:secret@a.example")] },
        { "AgentId must not be empty.", options => options.AgentId = "" },
        { "Name must not be null.", options => options.Name = null! },
        { "UserAgent must hold visible ASCII characters", options => options.UserAgent = "a\r\nb" },
    };

    public void Dispose() => File.Delete(_file);

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Option_outside_its_range_is_refused_by_name(string message, Action<DownlinkOptions> spoil) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(() => Make(spoil)).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Unusable))]
    public void Option_that_cannot_be_used_is_refused_without_its_secret(string message, Action<DownlinkOptions> spoil)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Make(spoil));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_and_requests_over_one_client_are_refused()
    {
        using var http = new HttpClient();
        Assert.Throws<ArgumentException>(() => Make(_ => { }, new() { GetApiKey = Key.GetApiKey, StreamHttp = http, RequestHttp = http }));
    }

    [Fact]
    public void Downlink_without_a_key_is_refused() =>
        Assert.Contains("ApiKeyFile", Assert.Throws<ArgumentException>(() => Make(_ => { }, new())).Message, StringComparison.Ordinal);

    [Fact]
    public void Trigger_of_another_downlink_is_refused()
    {
        DownlinkServices services = new() { GetApiKey = Key.GetApiKey, SyncTrigger = new SyncTrigger() };
        Assert.Same(services.SyncTrigger, Make(_ => { }, services).SyncTrigger);
        Assert.Throws<ArgumentException>(() => Make(_ => { }, services));
    }

    [Fact]
    public async Task Options_are_copied_and_no_file_is_touched_until_it_runs()
    {
        DownlinkOptions options = Options();
        options.StateFile = Path.Combine(_file, "no", "such", "directory");
        options.ApiKeyFile = options.StateFile;
        AgentDownlink downlink = new(options, new RecordingHandler());
        options.SyncInterval = TimeSpan.Zero;
        options.Servers.Clear();
        Assert.Equal((DownlinkState.Idle, false), (downlink.Status.State, downlink.Status.IsCovered));

        Task running = downlink.RunAsync();
        Assert.True(running.IsFaulted);
        await Assert.ThrowsAnyAsync<IOException>(() => running);
        Assert.Equal(DownlinkState.Stopped, downlink.Status.State);
        await Assert.ThrowsAsync<InvalidOperationException>(() => downlink.RunAsync());
        await Assert.ThrowsAsync<DownlinkException>(() => downlink.SyncTrigger.RequestAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stream_is_read_as_it_comes_over_an_invoker_and_over_a_client(bool isClient)
    {
        await using DownlinkHarness network = new();
        ScriptedServer server = network.Server;
        await File.WriteAllTextAsync(_file, ClientHarness.Key + "\n");
        DownlinkOptions options = Options();
        options.ApiKeyFile = _file;
        options.UserAgent = "mine/1";
        RecordingHandler handler = new();
        using HttpMessageInvoker stream = isClient ? new HttpClient(server, false) : new HttpMessageInvoker(server, false);
        using HttpMessageInvoker requests = isClient ? new HttpClient(server, false) : new HttpMessageInvoker(server, false);
        AgentDownlink downlink = new(options, handler, new() { StreamHttp = stream, RequestHttp = requests, TimeProvider = network.Time });
        using var stop = new CancellationTokenSource();
        Task running = downlink.RunAsync(stop.Token);

        (await server.SyncAsync()).Json("{}");
        ScriptedRequest events = await server.EventsAsync();
        Assert.Equal(ClientHarness.Key, events.Message.Headers.Authorization?.Parameter);
        Assert.Equal("mine/1", events.Message.Headers.UserAgent.ToString());
        await DownlinkHarness.SendAsync(events.Stream(), ": hb\n" + DownlinkHarness.Command("t1"));
        Assert.Equal(("t1", ControlRoute.Stream), await handler.ControlAsync());
        Assert.True((await handler.StatusAsync(DownlinkState.Live)).IsCovered);
        downlink.ReplaceServers([new Uri("https://b.example")]);
        Task asked = downlink.SyncTrigger.RequestAsync();

        // The stream's opening has asked for one too, which may be under way to the old server.
        IReadOnlyList<string> hosts = await Signal.Of(server.AnswerSyncsAsync(asked), "the sync that was asked for");
        await asked;
        Assert.Equal("b.example", hosts[^1]);
        Assert.Equal(network.Time.GetUtcNow(), downlink.Status.LastSync);

        await stop.CancelAsync();
        await Signal.Of(server.AnswerSyncsAsync(running), "the downlink's end");
        await running;
    }

    private static DownlinkOptions Options() => new() { Servers = [new Uri("https://a.example")], AgentId = "agent-1" };

    private static AgentDownlink Make(Action<DownlinkOptions> spoil, DownlinkServices? services = null)
    {
        DownlinkOptions options = Options();
        spoil(options);
        return new AgentDownlink(options, new RecordingHandler(), services ?? Key);
    }
}
