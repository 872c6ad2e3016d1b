using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Unarr.Agents.Hub;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.AspNetCore;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, BackendJson.Default));
builder.Services.AddAuthentication("AgentKeys").AddAgentKeys("keys.json");               // or JWT, certificates, cookies: any scheme
builder.Services.AddAuthorizationBuilder()
    .AddPolicy("agents", policy => policy.RequireRole("agent")).AddPolicy("operators", policy => policy.RequireRole("operator"));
builder.Services.AddSingleton<JobBoard>().AddSingleton<SseBroadcast>();
builder.Services.AddAgentHub(builder.Configuration.GetSection("Hub")).UseHandler<JobHub>().UseSqlite("controls.db");
builder.Services.AddHealthChecks().AddAgentHub();

var app = builder.Build();
app.MapAgentHub().RequireAuthorization("agents");
app.MapHealthChecks("/health");
var desk = app.MapGroup("/agents").RequireAuthorization("operators");
desk.MapGet("/", (AgentHub hub, CancellationToken cancellationToken) => hub.GetAgentsAsync(cancellationToken));
desk.MapGet("/live", IResult (AgentHub hub, CancellationToken cancellationToken) =>
    SseResults.Stream(hub.FollowAgentsAsync(cancellationToken), BackendJson.Default.AgentChanges));
desk.MapGet("/jobs", (SseBroadcast jobs) => SseResults.Stream(jobs));
desk.MapPut("/{id}/limit", Desk.SetLimitAsync);
desk.MapPost("/{id}/refresh", (string id, AgentHub hub) => hub.SendEventAsync(id, "refresh", "{}"u8.ToArray()));
app.MapGet("/", () => Results.Content(
    "<ul id=a></ul><script>new EventSource('agents/live').onmessage=e=>JSON.parse(e.data).changed.forEach(x=>"
    + "{let l=document.getElementById(x.id)||a.appendChild(document.createElement('li'));l.id=x.id;"
    + "l.textContent=x.id+' '+x.routes})</script>",
    "text/html"));
app.Run();

internal static class Desk
{
    public static async Task<IResult> SetLimitAsync(string id, Limit limit, AgentHub hub, CancellationToken cancellationToken) =>
        (await hub.PushAsync(id, Control.Create("set-limit", limit, BackendJson.Default.Limit), cancellationToken)).ToHttpResult();
}

internal sealed class JobHub(JobBoard board, SseBroadcast jobs) : AgentHubHandler
{
    public override ValueTask OnSyncAsync(AgentSync sync, CancellationToken cancellationToken)
    {
        JobReport report = sync.Request.Read(BackendJson.Default.JobReport);              // the agent's own members
        board.Running[sync.Agent.Id] = report.Running;
        sync.Answer.Write(new JobOrders(board.Motto), BackendJson.Default.JobOrders);     // ours
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnControlEndedAsync(ControlRecord control, CancellationToken cancellationToken)
    {
        jobs.Send($"{control.AgentId}: {control.Control.Action} {control.State}", BackendJson.Default.String, "control"u8);
        return ValueTask.CompletedTask;
    }
}

internal sealed class JobBoard
{
    public ConcurrentDictionary<string, int> Running { get; } = new();

    public string Motto { get; set; } = "no haste";
}

internal sealed record Limit(int BytesPerSecond);
internal sealed record JobReport(int Running);
internal sealed record JobOrders(string Motto);
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Limit)), JsonSerializable(typeof(JobReport)), JsonSerializable(typeof(JobOrders)),
    JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IReadOnlyList<AgentInfo>)), JsonSerializable(typeof(AgentChanges)), JsonSerializable(typeof(bool))]
internal sealed partial class BackendJson : JsonSerializerContext;
