using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Pipelines.Tests.Hosting;

/// <summary>An agent as a stranger writes it: a handler with services, of which one asks for syncs.</summary>
internal sealed class JobAgent(JobRunner jobs, [ServiceKey] string hub) : DownlinkHandler
{
    public string Hub => hub;

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
        control.Action switch
        {
            "start" => jobs.StartAsync(control.TaskId),
            "cancel" => jobs.CancelAsync(control.TaskId),
            "refresh" => jobs.RefreshAsync(cancellationToken),
            _ => throw new ControlRejectedException($"This agent does not know \"{control.Action}\"."),
        };

    public override ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken)
    {
        request.Write(new JobReport(jobs.Running), AgentJson.Default.JobReport);
        return ValueTask.CompletedTask;
    }
}

internal sealed class JobRunner([FromKeyedServices("East")] SyncTrigger syncs)
{
    public int Running { get; private set; }

    public ValueTask StartAsync(string id)
    {
        Running += id.Length > 0 ? 1 : 0;
        return ValueTask.CompletedTask;
    }

    public ValueTask CancelAsync(string id)
    {
        Running -= id.Length > 0 ? 1 : 0;
        syncs.Request();
        return ValueTask.CompletedTask;
    }

    public ValueTask RefreshAsync(CancellationToken cancellationToken) => new(syncs.RequestAsync(cancellationToken));
}

internal sealed record JobReport(int Running);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobReport)), JsonSerializable(typeof(DownlinkStatus[]))]
internal sealed partial class AgentJson : JsonSerializerContext;
