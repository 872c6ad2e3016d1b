using Unarr.Pipelines.AspNetCore;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>The backend's program: an application of its own, with a hub in it.</summary>
internal static class JobBackend
{
    public static WebApplication Build(string[] args, RunFiles files)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.UseUrls($"http://127.0.0.1:{builder.Configuration["port"] ?? "0"}");
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton<IHostLifetime, EndedByProgram>();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, DeskJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, JobsJson.Default);
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });

        // Any scheme will do: JWT, certificates, cookies. This one is a file of keys.
        builder.Services.AddAuthentication("AgentKeys").AddAgentKeys(files.KeysFile);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("agents", policy => policy.RequireRole("agent"))
            .AddPolicy("operators", policy => policy.RequireRole("operator"));
        builder.Services.AddSingleton<JobBoard>().AddSingleton<SseBroadcast>();
        builder.Services.AddAgentHub(builder.Configuration.GetSection("Hub")).UseHandler<JobHub>().UseSqlite(files.ControlsFile);
        builder.Services.AddHealthChecks().AddAgentHub();
        builder.Services.AddProblemDetails();

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.MapAgentHub().RequireAuthorization("agents");
        app.MapGroup("/desk").RequireAuthorization("operators").MapDesk();
        app.MapHealthChecks("/health");
        app.MapGet("/", () => TypedResults.Stream(
            typeof(JobBackend).Assembly.GetManifestResourceStream("page.html")!, "text/html; charset=utf-8"));
        return app;
    }
}
