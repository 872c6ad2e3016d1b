using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Hub;

public sealed class IdentityTests : IDisposable
{
    private const string Base = "/api/internal/agent";

    private static readonly string[] Endpoints = ["GET events", "GET wake", "POST sync", "GET probe"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-keys-");

    private string KeyFilePath => Path.Combine(_folder.FullName, "keys.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Application_without_authentication_does_not_start()
    {
        InvalidOperationException nothing = await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunningBackend.StartAsync(services: static _ => { }));
        Assert.Contains("Nothing says which agent makes a request", nothing.Message, StringComparison.Ordinal);
        InvalidOperationException noScheme = await Assert.ThrowsAsync<InvalidOperationException>(
            () => RunningBackend.StartAsync(services: static services => services.AddAuthentication()));
        Assert.Equal(nothing.Message, noScheme.Message);
    }

    [Fact]
    public async Task Handler_that_names_agents_needs_no_authentication()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseHandler<NamedByHeader>(), services: static _ => { });
        Assert.Equal(200, (await backend.SyncAsync("a1")).Status);
        Assert.Equal("header:a1", Assert.Single(await backend.Hub.GetAgentsAsync()).Id);
        foreach (string endpoint in Endpoints)
        {
            Assert.Equal(401, (await AskAsync(backend, endpoint, user: null)).Status);
        }
    }

    [Fact]
    public async Task Request_without_a_user_is_refused_at_each_endpoint()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        foreach (string endpoint in Endpoints)
        {
            Answer answer = await AskAsync(backend, endpoint, user: null);
            Assert.Equal(401, answer.Status);
            Assert.NotEmpty(answer.Error);
        }

        Assert.Empty(await backend.Hub.GetAgentsAsync());
    }

    [Fact]
    public async Task Claim_of_the_options_is_the_agent_s_id_and_who_has_none_is_refused()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(
            options: options => options.AgentIdClaim = HeaderScheme.SerialClaim);
        Assert.Equal(200, (await backend.SyncAsync("a1")).Status);
        Assert.Equal("serial-of-a1", Assert.Single(await backend.Hub.GetAgentsAsync()).Id);

        await using RunningBackend other = await RunningBackend.StartAsync(options: options => options.AgentIdClaim = "none");
        Assert.Equal(403, (await other.SyncAsync("a1")).Status);
    }

    [Fact]
    public async Task Authorization_applies_to_all_four_endpoints_under_the_base_path()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(
            services: services =>
            {
                RunningBackend.AddHeaderScheme(services);
                services.AddAuthorizationBuilder().AddPolicy("agents", policy => policy.RequireRole("agent"));
            },
            map: app => app.MapAgentHub("/mine/agents").RequireAuthorization("agents"));
        foreach (string endpoint in Endpoints)
        {
            Assert.Equal(401, (await AskAsync(backend, endpoint, user: null, basePath: "/mine/agents")).Status);
            Assert.Equal(403, (await AskAsync(backend, endpoint, user: "a1", basePath: "/mine/agents")).Status);
            Assert.Equal(404, (await AskAsync(backend, endpoint, user: "a1", role: "agent")).Status);
        }

        Assert.Equal(200, (await AskAsync(backend, "POST sync", user: "a1", role: "agent", basePath: "/mine/agents")).Status);
        Assert.Equal(200, (await AskAsync(backend, "GET probe", user: "a1", role: "agent", basePath: "/mine/agents")).Status);
    }

    [Fact]
    public async Task Key_of_the_file_admits_its_agent_and_the_operator_s_key_admits_none()
    {
        await using RunningBackend backend = await StartWithKeysAsync("""{"operator":"op","agents":{"a1":"key-1","a2":"key-2"}}""");
        Assert.Equal(["a1", "a2"], (await backend.Hub.GetAgentsAsync()).Select(agent => agent.Id));
        Assert.Equal(200, (await SyncWithKeyAsync(backend, "key-1")).Status);
        Assert.NotNull((await backend.Hub.FindAgentAsync("a1"))!.LastSync);
        Assert.Equal(403, (await SyncWithKeyAsync(backend, "op")).Status);
        Answer refused = await SyncWithKeyAsync(backend, "key-3");
        Assert.Equal((401, "The API key is missing or not valid here."), (refused.Status, refused.Error));
        Assert.Equal("Bearer", Assert.Single(refused.Headers.WwwAuthenticate).Scheme);

        // The file is the only authentication: whoever has no key is no agent.
        Assert.Equal(PushStatus.UnknownAgent, (await backend.Hub.PushAsync("a3", new Control("pause"))).Status);
        Assert.Null(await backend.Hub.FindAgentAsync("a3"));
    }

    [Fact]
    public async Task Operator_s_key_names_no_agent_where_no_policy_keeps_it_out()
    {
        await using RunningBackend backend = await StartWithKeysAsync(
            """{"operator":"op","agents":{"operator":"key-1"}}""", app => app.MapAgentHub());
        Assert.Equal(403, (await SyncWithKeyAsync(backend, "op")).Status);
        Assert.Equal(200, (await SyncWithKeyAsync(backend, "key-1")).Status);
    }

    [Fact]
    public async Task Replaced_key_ends_what_its_agent_has_open_and_no_other_agent_s()
    {
        await using RunningBackend backend = await StartWithKeysAsync("""{"operator":"op","agents":{"a1":"key-1","a2":"key-2"}}""");
        await using AgentEvents replaced = await OpenWithKeyAsync(backend, "key-1");
        await using AgentEvents kept = await OpenWithKeyAsync(backend, "key-2");

        await File.WriteAllTextAsync(KeyFilePath, """{"operator":"op","agents":{"a1":"key-9","a2":"key-2"}}""");

        // Two looks in a row, a second apart, have to find the change.
        backend.Time.Advance(TimeSpan.FromSeconds(1));
        backend.Time.Advance(TimeSpan.FromSeconds(1));
        await EndAsync(replaced);
        Assert.Equal(401, (await SyncWithKeyAsync(backend, "key-1")).Status);
        Assert.Equal(200, (await SyncWithKeyAsync(backend, "key-9")).Status);
        await backend.Hub.RequestSyncAsync("a2");
        string? frame;
        do
        {
            frame = await kept.NextAsync();
        }
        while (frame == ": hb");
        Assert.StartsWith("sync ", frame, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_file_that_cannot_be_used_keeps_the_application_from_starting_and_shows_no_key()
    {
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartWithKeysAsync("""{"operator":"secret","agents":{"a1":"secret"}}"""));
        Assert.Contains(KeyFilePath, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
        File.Delete(KeyFilePath);
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartWithKeysAsync(content: null));
    }

    [Fact]
    public async Task Disconnected_agent_s_stream_ends_and_its_poll_is_refused_and_it_may_come_again()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        await using AgentEvents other = await backend.OpenStreamAsync("a2");
        Task<Answer> poll = backend.WakeAsync("a1");
        await UntilAsync(backend, "a1", agent => agent.Routes == (DownlinkRoutes.Stream | DownlinkRoutes.LongPoll));

        await backend.Hub.DisconnectAsync("a1");
        await backend.Hub.DisconnectAsync("nobody");

        Assert.Null(await events.NextAsync());
        Assert.Equal(401, (await poll).Status);
        Assert.Equal(200, (await backend.SyncAsync("a1")).Status);
        await using AgentEvents again = await backend.OpenStreamAsync("a1");
        await backend.Hub.RequestSyncAsync("a2");
        Assert.StartsWith("sync ", await other.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_to_an_agent_that_is_disconnected_at_that_moment_loses_nothing()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        List<string> pushed = [];
        List<string> got = [];
        Task pushing = Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                pushed.AddRange((await backend.Hub.PushAsync("a1", new Control("pause"))).ControlIds);
                if (i % 10 == 0)
                {
                    await backend.Hub.DisconnectAsync("a1");
                }
            }
        });
        while (!pushing.IsCompleted)
        {
            await using AgentEvents events = await backend.OpenStreamAsync("a1", got.LastOrDefault() ?? "");
            while (!pushing.IsCompleted && await events.NextAsync() is { } frame)
            {
                Take(frame);
            }
        }

        await pushing;
        got.AddRange((await backend.SyncAsync("a1", after: got.LastOrDefault() ?? "")).ControlIds);
        Assert.Equal(pushed, got);

        void Take(string frame)
        {
            if (frame.StartsWith("command ", StringComparison.Ordinal))
            {
                JsonElement controls = JsonDocument.Parse(frame["command ".Length..]).RootElement.GetProperty("controls");
                got.AddRange(controls.EnumerateArray().Select(control => control.GetProperty("id").GetString()!));
            }
        }
    }

    [Fact]
    public async Task Access_that_ends_while_a_request_begins_is_noticed_by_the_second_look()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseHandler<EndingAccess>(), services: static services => services.AddSingleton<EndingAccess.Looks>());
        Assert.Equal(401, (await backend.SyncAsync("a1")).Status);
        Assert.Null((await backend.Hub.FindAgentAsync("a1"))?.LastSync);
        Assert.Equal(2, backend.Services.GetRequiredService<EndingAccess.Looks>().Count);
    }

    [Fact]
    public async Task Removed_agent_is_forgotten_with_its_controls_and_what_it_has_open_ends()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        await backend.SyncAsync("a1");
        await backend.Hub.PushAsync("a1", new Control("pause"));
        await backend.Hub.PushAsync("a2", new Control("pause"));

        await backend.Hub.RemoveAgentAsync("a1");
        await backend.Hub.RemoveAgentAsync("nobody");

        await EndAsync(events);
        Assert.Null(await backend.Hub.FindAgentAsync("a1"));
        Assert.Empty(await backend.Hub.GetControlsAsync("a1"));
        Assert.Equal("a2", Assert.Single(await backend.Hub.GetAgentsAsync()).Id);
        Assert.Empty((await backend.SyncAsync("a1", after: "")).ControlIds);
    }

    [Theory]
    [InlineData("/api/internal/agent")]
    [InlineData("/api/internal/agent/")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("hub")]
    public async Task Base_path_may_be_any(string basePath)
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(map: app => app.MapAgentHub(basePath));
        string path = basePath.Trim('/').Length == 0 ? "" : $"/{basePath.Trim('/')}";
        Assert.Equal(200, (await AskAsync(backend, "POST sync", user: "a1", basePath: path)).Status);
    }

    /// <summary>Reads a stream to its proper end.</summary>
    private static async Task EndAsync(AgentEvents events)
    {
        while (await events.NextAsync() is not null)
        {
        }
    }

    private static async Task UntilAsync(RunningBackend backend, string agent, Func<AgentInfo, bool> condition)
    {
        await foreach (AgentChanges changes in backend.Hub.FollowAgentsAsync(backend.Deadline))
        {
            if (changes.Changed.Any(changed => changed.Id == agent && condition(changed)))
            {
                return;
            }

            backend.Time.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    private static async Task<Answer> AskAsync(
        RunningBackend backend, string endpoint, string? user, string? role = null, string basePath = Base)
    {
        string[] parts = endpoint.Split(' ');
        using HttpRequestMessage request = new(new HttpMethod(parts[0]), $"{basePath}/{parts[1]}");
        request.Headers.TryAddWithoutValidation("X-User", user ?? "");
        if (user is null)
        {
            request.Headers.Remove("X-User");
        }

        if (role is not null)
        {
            request.Headers.Add("X-Role", role);
        }

        request.Content = parts[0] == "POST" ? new StringContent("""{"agentId":"a1"}""") : null;
        Task<Answer> answer = backend.SendAsync(request);
        while (!answer.IsCompleted)
        {
            // The probe takes its time.
            backend.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        return await answer;
    }

    private static async Task<AgentEvents> OpenWithKeyAsync(RunningBackend backend, string key)
    {
        HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        HttpResponseMessage response = await client.GetAsync(
            new Uri(backend.Address, $"{Base}/events"), HttpCompletionOption.ResponseHeadersRead, backend.Deadline);
        AgentEvents events = await AgentEvents.OverAsync(response, backend.Deadline);
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        return events;
    }

    private static Task<Answer> SyncWithKeyAsync(RunningBackend backend, string key)
    {
        HttpRequestMessage request = new(HttpMethod.Post, $"{Base}/sync") { Content = new StringContent("""{"agentId":"a1"}""") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return backend.SendAsync(request);
    }

    private async Task<RunningBackend> StartWithKeysAsync(string? content, Action<WebApplication>? map = null)
    {
        if (content is not null)
        {
            await File.WriteAllTextAsync(KeyFilePath, content);
        }

        return await RunningBackend.StartAsync(
            services: services =>
            {
                services.AddAuthentication("AgentKeys").AddAgentKeys(KeyFilePath);
                services.AddAuthorizationBuilder().AddPolicy("agents", policy => policy.RequireRole("agent"));
            },
            map: map ?? (app => app.MapAgentHub().RequireAuthorization("agents")));
    }

    internal sealed class NamedByHeader : AgentHubHandler
    {
        public override string? GetAgentId(HttpContext context) =>
            context.Request.Headers["X-User"] is [{ } user] ? $"header:{user}" : null;
    }

    /// <summary>Knows the agent at the first look and not at the second.</summary>
    internal sealed class EndingAccess(EndingAccess.Looks looks) : AgentHubHandler
    {
        public override string? GetAgentId(HttpContext context) => looks.Count++ == 0 ? "a1" : null;

        internal sealed class Looks
        {
            public int Count { get; set; }
        }
    }
}
