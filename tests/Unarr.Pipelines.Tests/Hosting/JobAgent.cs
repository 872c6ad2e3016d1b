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
            "set-limit" => jobs.SetLimitAsync(control.ReadParameters(AgentJson.Default.Limit), cancellationToken),
            "start" => jobs.StartAsync(control.TaskId, control.ReadParameters(AgentJson.Default.JobSpec), cancellationToken),
            "cancel" => jobs.CancelAsync(control.TaskId, cancellationToken),
            _ => throw new ControlRejectedException($"This agent does not know \"{control.Action}\"."),
        };

    public override ValueTask HandleEventAsync(DownlinkEvent downlinkEvent, CancellationToken cancellationToken) =>
        downlinkEvent.EventType == "refresh" ? jobs.RefreshAsync(hub, cancellationToken) : ValueTask.CompletedTask;

    public override ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken)
    {
        request.Write(new JobReport(jobs.Running), AgentJson.Default.JobReport);
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken)
    {
        jobs.Motto = report.Answer?.Read(AgentJson.Default.JobOrders).Motto ?? jobs.Motto;
        return ValueTask.CompletedTask;
    }
}

internal sealed class JobRunner([FromKeyedServices("East")] SyncTrigger syncs)
{
    public int Running { get; private set; }

    public Limit? Limit { get; private set; }

    public string? Motto { get; set; }

    public string? Refreshed { get; private set; }

    public ValueTask SetLimitAsync(Limit limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Limit = limit;
        return ValueTask.CompletedTask;
    }

    public ValueTask StartAsync(string id, JobSpec spec, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Running += id.Length > 0 && spec.Command.Length > 0 ? 1 : 0;
        return ValueTask.CompletedTask;
    }

    public ValueTask CancelAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Running -= id.Length > 0 ? 1 : 0;
        syncs.Request();
        return ValueTask.CompletedTask;
    }

    public ValueTask RefreshAsync(string hub, CancellationToken cancellationToken)
    {
        Refreshed = hub;
        return new(syncs.RequestAsync(cancellationToken));
    }
}

internal sealed record Limit(int BytesPerSecond);

internal sealed record JobSpec(string Command);

internal sealed record JobReport(int Running);

internal sealed record JobOrders(string? Motto);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Limit)), JsonSerializable(typeof(JobSpec)), JsonSerializable(typeof(JobReport)),
    JsonSerializable(typeof(JobOrders))]
[JsonSerializable(typeof(DownlinkStatus[]))]
internal sealed partial class AgentJson : JsonSerializerContext;
