using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Hub;
using Unarr.Agents.Protocol;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>The least application that has a hub, in a process of its own.</summary>
internal static class HubServer
{
    public const string Verb = "hub-server";

    /// <summary>Prints its origin and serves until it is ended.</summary>
    public static async Task RunAsync(string keys, string store, string heartbeatMilliseconds)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAuthentication("AgentKeys").AddAgentKeys(keys);
        builder.Services.AddAuthorization();
        AgentHubBuilder hub = builder.Services.AddAgentHub(options =>
            options.Heartbeat = TimeSpan.FromMilliseconds(double.Parse(heartbeatMilliseconds, CultureInfo.InvariantCulture)));
        if (store != "memory")
        {
            hub.UseSqlite(store);
        }

        await using WebApplication application = builder.Build();
        application.MapAgentHub().RequireAuthorization();
        application.MapGet("/health", static () => Results.Ok());
        application.MapPost("/push/{task}", PushToAllAsync);
        await application.StartAsync();
        Console.WriteLine($"Listening on {application.Urls.First()}");
        await Console.In.ReadToEndAsync();
    }

    private static async Task<IResult> PushToAllAsync(string task, AgentHub hub, CancellationToken cancellationToken)
    {
        IReadOnlyList<AgentInfo> agents = await hub.GetAgentsAsync(cancellationToken);
        IReadOnlyList<PushResult> results = await hub.PushAsync(
            new PushRequest { AgentIds = [.. agents.Select(agent => agent.Id)], Controls = [new Control("pause", task)] },
            cancellationToken);
        return results.All(result => result.Status == PushStatus.Queued) ? Results.Accepted() : Results.InternalServerError();
    }
}
