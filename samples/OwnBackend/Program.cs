using System.Runtime.InteropServices;
using Unarr.Samples.OwnBackend;
using Unarr.Samples.OwnBackend.Agent;
using Unarr.Samples.OwnBackend.Backend;

// Yours are two programs on two machines: each of these two hosts is one, and would simply run.
using var files = new RunFiles();
await using WebApplication backend = JobBackend.Build(args, files);
try
{
    await backend.StartAsync();
}
catch (IOException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

string address = backend.Urls.Single();
using IHost agent = JobWorker.Build(new Uri(address), files);

TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
foreach (IServiceProvider services in (IServiceProvider[])[agent.Services, backend.Services])
{
    services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => stop.TrySetResult());
}

await agent.StartAsync();
Console.WriteLine(
    $"""
    The page: {address}/#key={files.OperatorKey}
    A limit:  curl -X PUT {address}/desk/agents/{RunFiles.AgentId}/limit --json '{"{"}"bytesPerSecond":500{"}"}' \
                -H "Authorization: Bearer $(cat {files.OperatorKeyFile})"
    Ctrl-C ends both programs.
    """);
await stop.Task;

// The agent goes first, so that its last sync reaches the backend.
await agent.StopAsync();
await backend.StopAsync();
Console.WriteLine("Both programs have ended.");
return 0;

// The first signal ends the programs in order, the second one at once.
void Stop(PosixSignalContext context) => context.Cancel = stop.TrySetResult();
