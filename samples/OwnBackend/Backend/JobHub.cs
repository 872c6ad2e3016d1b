using Unarr.Agents.Hub;
using Unarr.Pipelines.AspNetCore;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>What the backend hears of its agents: it goes onto the board and to everybody who looks at the page.</summary>
internal sealed class JobHub(JobBoard board, SseBroadcast live) : AgentHubHandler
{
    public override ValueTask OnConnectedAsync(AgentInfo agent, CancellationToken cancellationToken) => Show(board.Connect(agent.Id, true));

    public override ValueTask OnDisconnectedAsync(AgentInfo agent, CancellationToken cancellationToken) =>
        Show(board.Connect(agent.Id, false));

    public override ValueTask OnSyncAsync(AgentSync sync, CancellationToken cancellationToken)
    {
        AgentView view = board.Take(sync.Agent.Id, sync.Request.Read(JobsJson.Default.JobReport));
        sync.Answer.Write(new JobOrders(view.Waiting), JobsJson.Default.JobOrders);
        return Show(view);
    }

    public override ValueTask OnControlEndedAsync(ControlRecord control, CancellationToken cancellationToken)
    {
        live.Send(ControlView.Of(control), DeskJson.Default.ControlView, "control"u8);
        return ValueTask.CompletedTask;
    }

    private ValueTask Show(AgentView view)
    {
        live.Send(view, DeskJson.Default.AgentView, "agent"u8);
        return ValueTask.CompletedTask;
    }
}
