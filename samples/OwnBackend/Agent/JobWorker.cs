namespace Unarr.Samples.OwnBackend.Agent;

/// <summary>The agent's program: a worker with a downlink.</summary>
internal static class JobWorker
{
    public static IHost Build(Uri backend, RunFiles files)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton<IHostLifetime, EndedByProgram>();
        builder.Services.AddSingleton<JobRunner>().AddHostedService<JobLoop>();
        builder.Services.AddAgentDownlink<JobAgent>(options =>
        {
            options.Servers.Add(backend);
            options.ApiKeyFile = files.AgentKeyFile;
            options.StateFile = files.AgentStateFile;
            options.AgentId = RunFiles.AgentId;
            options.SyncInterval = TimeSpan.FromSeconds(2);
        });
        return builder.Build();
    }
}
