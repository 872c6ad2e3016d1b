using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>The application's own requests go over the downlink's servers, with its key and by its rules.</summary>
public sealed class DownlinkClientTests : IDisposable
{
    private static readonly JsonTypeInfo<Dictionary<string, JsonElement>> Members = ProtocolJsonContext.Default.DictionaryStringJsonElement;

    private readonly ScriptedServer _server = new();
    private readonly ScriptedServer _streams = new();
    private readonly ObservedTime _time = new();

    public void Dispose()
    {
        _server.Dispose();
        _streams.Dispose();
    }

    [Theory]
    [InlineData("jobs/7", "https://a.example/base/api/internal/agent/jobs/7")]
    [InlineData("jobs/7?x=1&y=%20", "https://a.example/base/api/internal/agent/jobs/7?x=1&y=%20")]
    [InlineData("/v2/jobs/a%2Fb", "https://a.example/base/v2/jobs/a%2Fb")]
    public async Task Get_asks_under_the_base_path_with_the_key(string path, string uri)
    {
        DownlinkClient client = Make(["https://a.example/base/"]).Client;
        Task<Dictionary<string, JsonElement>> getting = client.GetAsync(path, Members);
        ScriptedRequest request = await NextAsync(path);
        Assert.Equal((HttpMethod.Get, uri), (request.Message.Method, request.Message.RequestUri!.AbsoluteUri));
        Assert.Equal(ClientHarness.Key, request.Message.Headers.Authorization?.Parameter);
        Assert.Equal("application/json", request.Message.Headers.Accept.ToString());
        request.Json("""{"a":1}""");
        Assert.Equal(1, (await Signal.Of(getting, "the answer"))["a"].GetInt32());
    }

    [Fact]
    public async Task Post_sends_json_and_reads_the_answers()
    {
        DownlinkClient client = Make(["https://a.example"], basePath: "/agents/v1/").Client;
        Task<Dictionary<string, JsonElement>> posting = client.PostAsync("log", Value("""{"text":"語"}"""), Members, Members);
        ScriptedRequest request = await NextAsync("log");
        Assert.Equal("https://a.example/agents/v1/log", request.Message.RequestUri!.AbsoluteUri);
        Assert.Equal("""{"text":"語"}""", request.Body);
        Assert.Equal("application/json", request.Message.Content?.Headers.ContentType?.MediaType);
        request.Json("""{"a":1}""");
        Assert.Equal(1, (await Signal.Of(posting, "the answer"))["a"].GetInt32());

        Task sending = client.PostAsync("log", Value("{}"), Members);
        (await NextAsync("log")).Answer(HttpStatusCode.NoContent);
        await Signal.Of(sending, "the answer");
    }

    [Fact]
    public async Task Error_has_status_code_message_and_details()
    {
        Task<Dictionary<string, JsonElement>> getting = Make(["https://a.example", "https://b.example"]).Client.GetAsync("jobs", Members);
        (await NextAsync("jobs")).Answer(HttpStatusCode.Conflict, """{"error":"busy","message":"Later.","details":[1]}""");
        DownlinkException failure = await Assert.ThrowsAsync<DownlinkException>(() => Signal.Of(getting, "the failure"));
        Assert.Equal(
            (DownlinkError.Status, HttpStatusCode.Conflict, "busy", "Later.", "[1]"),
            (failure.Error, failure.StatusCode, failure.ErrorCode, failure.ErrorMessage,
                Encoding.UTF8.GetString(failure.ErrorDetails.Span)));
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Transient_failure_and_a_captive_portal_move_on_to_the_next_server(bool isPost)
    {
        DownlinkClient client = Make(["https://a.example", "https://b.example", "https://c.example"]).Client;
        Task asking = isPost ? client.PostAsync("jobs", Value("{}"), Members) : client.GetAsync("jobs", Members);
        (await NextAsync("jobs")).Answer(HttpStatusCode.BadGateway);
        ScriptedRequest second = await NextAsync("jobs");
        Assert.Equal("b.example", second.Host);
        second.Answer(HttpStatusCode.OK, "<html>", "text/html");
        ScriptedRequest third = await NextAsync("jobs");
        Assert.Equal("c.example", third.Host);
        third.Json("{}");
        await Signal.Of(asking, "the answer");
    }

    [Fact]
    public async Task Server_that_does_not_answer_has_10_seconds_and_the_last_all_that_is_left()
    {
        DownlinkClient client = Make(["https://a.example", "https://b.example"]).Client;
        Task<Dictionary<string, JsonElement>> getting = client.GetAsync("jobs", Members);
        ScriptedRequest first = await NextAsync("jobs");
        await _time.PassAsync(TimeSpan.FromSeconds(10));
        await first.CancelledAsync();
        await NextAsync("jobs");
        await _time.PassAsync(TimeSpan.FromSeconds(20));
        DownlinkException failure = await Assert.ThrowsAsync<DownlinkException>(() => Signal.Of(getting, "the failure"));
        Assert.Equal([DownlinkError.Timeout, DownlinkError.Timeout], failure.Attempts.Select(attempt => attempt.Error));
        Assert.Equal(0, _time.LiveTimers);
    }

    [Fact]
    public async Task Time_and_bound_of_a_request_are_its_own()
    {
        DownlinkClient client = Make(["https://a.example"]).Client;
        Task<Dictionary<string, JsonElement>> getting = client.GetAsync(
            "jobs", Members, new DownlinkRequestOptions { Timeout = TimeSpan.FromMinutes(2), MaxAnswerBytes = 7 });
        ScriptedRequest request = await NextAsync("jobs");
        _time.Advance(TimeSpan.FromSeconds(119));
        request.Json("""{"a":10}""");
        DownlinkException failure = await Assert.ThrowsAsync<DownlinkException>(() => Signal.Of(getting, "the failure"));
        Assert.Equal(DownlinkError.InvalidPayload, failure.Error);
        Assert.Contains("larger than 7 bytes", failure.Message, StringComparison.Ordinal);

        getting = client.GetAsync("jobs", Members, new DownlinkRequestOptions { MaxAnswerBytes = 7 });
        (await NextAsync("jobs")).Json("""{"a":1}""");
        Assert.Single(await Signal.Of(getting, "the answer"));
    }

    [Fact]
    public async Task Cancelling_gives_the_request_up()
    {
        using var giveUp = new CancellationTokenSource();
        Task<Dictionary<string, JsonElement>> getting = Make(["https://a.example"]).Client
            .GetAsync("jobs", Members, cancellationToken: giveUp.Token);
        ScriptedRequest request = await NextAsync("jobs");
        await giveUp.CancelAsync();
        await request.CancelledAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Signal.Of(getting, "the end"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?x")]
    [InlineData("../sync")]
    [InlineData("a/../../sync")]
    [InlineData("a/%2e%2e/sync")]
    [InlineData("./a")]
    [InlineData("a//b")]
    [InlineData("//evil.example/a")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a#b")]
    [InlineData("a?b#c")]
    [InlineData("ä")]
    [InlineData("a\nb")]
    public void Path_that_would_not_be_sent_as_it_is_written_is_refused(string path)
    {
        DownlinkClient client = Make(["https://a.example"]).Client;
        Assert.Throws<ArgumentException>(() => { _ = client.GetAsync(path, Members); });
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("api")]
    [InlineData("/a?b")]
    [InlineData("/a#b")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    [InlineData("/%2e%2e/b")]
    [InlineData("//a")]
    [InlineData("/a b")]
    [InlineData("/\\a")]
    public void Base_path_that_cannot_be_used_is_refused(string? basePath)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Make(["https://a.example"], basePath!));
        Assert.Contains("BasePath", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "https://a.example/sync")]
    [InlineData("/x", "https://a.example/x/sync")]
    [InlineData("/x/y/", "https://a.example/x/y/sync")]
    [InlineData("/x%20y", "https://a.example/x%20y/sync")]
    public async Task Base_path_is_that_of_every_endpoint(string basePath, string sync)
    {
        using var end = new CancellationTokenSource();
        Task running = Make(["https://a.example"], basePath).RunAsync(end.Token);
        ScriptedRequest request = await _server.SyncAsync();
        Assert.Equal(sync, request.Message.RequestUri!.AbsoluteUri);
        request.Json("{}");
        Assert.Equal(
            sync.Replace("sync", "events", StringComparison.Ordinal), (await _streams.EventsAsync()).Message.RequestUri!.AbsoluteUri);
        await end.CancelAsync();
        await _server.AnswerSyncsAsync(running);
        await Signal.Of(running, "the downlink's end");
    }

    [Fact]
    public async Task Client_without_a_downlink_or_after_its_end_makes_no_request()
    {
        DownlinkClient client = new();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync("jobs", Members));
        AgentDownlink downlink = Make(["https://a.example"], client: client);
        Assert.Same(client, downlink.Client);
        Assert.Throws<ArgumentException>(() => Make(["https://a.example"], client: client));
        using var end = new CancellationTokenSource();
        await end.CancelAsync();
        Task running = downlink.RunAsync(end.Token);
        await _server.AnswerSyncsAsync(running);
        await Signal.Of(running, "the downlink's end");
        await Assert.ThrowsAsync<DownlinkException>(() => client.GetAsync("jobs", Members));
    }

    private static Dictionary<string, JsonElement> Value(string json) => JsonSerializer.Deserialize(json, Members)!;

    private Task<ScriptedRequest> NextAsync(string path) => _server.RequestAsync(path.Split('?')[0].Split('/')[^1]);

    private AgentDownlink Make(string[] servers, string basePath = "/api/internal/agent", DownlinkClient? client = null) => new(
        new DownlinkOptions { Servers = [.. servers.Select(server => new Uri(server))], BasePath = basePath, AgentId = "a1" },
        new Downlink.RecordingHandler(),
        new DownlinkServices
        {
            GetApiKey = _ => ValueTask.FromResult(ClientHarness.Key),
            RequestHttp = new HttpMessageInvoker(_server),
            StreamHttp = new HttpMessageInvoker(_streams),
            TimeProvider = _time,
            Client = client,
        });
}
