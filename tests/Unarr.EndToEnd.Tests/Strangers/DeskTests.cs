extern alias Stranger;

using Unarr.Pipelines.AspNetCore;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>The tests that the author of the backend wrote: a fake hub, a sync that is made by hand.</summary>
public sealed class DeskTests
{
    [Fact]
    public async Task Limit_is_pushed_with_its_parameters()
    {
        var hub = new FakeHub();
        await Stranger::Desk.SetLimitAsync("agent-7", new Stranger::Limit(1000), hub, CancellationToken.None);
        PushRequest push = Assert.Single(hub.Pushed);
        Assert.Equal(new Stranger::Limit(1000), push.Controls[0].ReadParameters(Stranger::BackendJson.Default.Limit));
    }

    [Fact]
    public async Task Sync_is_answered_with_the_motto()
    {
        var sync = new AgentSync { Agent = new AgentInfo { Id = "agent-7" } };
        sync.Request.Write(new Stranger::JobReport(3), Stranger::BackendJson.Default.JobReport);
        await new Stranger::JobHub(new Stranger::JobBoard(), new SseBroadcast()).OnSyncAsync(sync, CancellationToken.None);
        Assert.Equal("no haste", sync.Answer.Read(Stranger::BackendJson.Default.JobOrders).Motto);
    }

    private sealed class FakeHub : AgentHub
    {
        public List<PushRequest> Pushed { get; } = [];

        public override Task<IReadOnlyList<PushResult>> PushAsync(PushRequest request, CancellationToken cancellationToken = default)
        {
            Pushed.Add(request);
            return Task.FromResult<IReadOnlyList<PushResult>>(
                [.. request.AgentIds.Select(id => new PushResult { AgentId = id, Status = PushStatus.Queued })]);
        }
    }
}
