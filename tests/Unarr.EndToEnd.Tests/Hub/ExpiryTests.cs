using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Hub;

public sealed class ExpiryTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-expiry-");

    public static TheoryData<bool> Stores => [false, true];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Control_expires_at_its_time_and_is_never_handed_out_after_it(bool inFile)
    {
        await using RunningBackend backend = await StartAsync(inFile);
        string kept = (await backend.Hub.PushAsync("a1", new Control("pause"))).ControlIds[0];
        await PushAsync(backend, "a1", Minute);
        ControlRecord pushed = (await backend.Hub.GetControlsAsync("a1"))[1];
        Assert.Equal(backend.Time.GetUtcNow() + Minute, pushed.ExpiresAt);

        backend.Time.Advance(Minute - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, (await backend.SyncAsync("a1", after: "")).ControlIds.Length);
        backend.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([kept], (await backend.SyncAsync("a1", after: "")).ControlIds);
        await backend.UntilAsync("a1", ControlState.HandedOut, ControlState.Expired);
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        string command = (await events.NextAsync())!;
        Assert.Contains(kept, command, StringComparison.Ordinal);
        Assert.DoesNotContain(pushed.Control.Id!, command, StringComparison.Ordinal);
        ControlRecord ended = (await backend.Hub.GetControlsAsync("a1"))[1];
        Assert.Equal((pushed.Control.Id, pushed.ExpiresAt, true), (ended.Control.Id, ended.ExpiresAt, ended.IsEnded));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Control_that_nobody_asks_for_ends_as_expired_too_and_makes_room(bool inFile)
    {
        await using RunningBackend backend = await StartAsync(inFile, options => options.MaxPendingControls = 2);
        await PushAsync(backend, "a1", Minute);
        await PushAsync(backend, "a1", 3 * Minute);
        Assert.Equal(PushStatus.Full, (await backend.Hub.PushAsync("a1", new Control("pause"))).Status);

        backend.Time.Advance(Minute);
        await backend.UntilAsync("a1", ControlState.Pending, ControlState.Expired);
        Assert.Equal(PushStatus.Queued, (await backend.Hub.PushAsync("a1", new Control("pause"))).Status);

        backend.Time.Advance(2 * Minute);
        await backend.UntilAsync("a1", ControlState.Pending, ControlState.Expired, ControlState.Expired);
    }

    [Fact]
    public async Task Control_that_expires_while_the_hub_is_down_is_not_handed_out_by_the_next_one()
    {
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(60));
        await using (RunningBackend backend = await StartAsync(inFile: true, time: time))
        {
            await PushAsync(backend, "a1", Minute);
            await PushAsync(backend, "a1", 3 * Minute);
            await backend.StopAsync();
        }

        time.Advance(2 * Minute);
        await using RunningBackend next = await StartAsync(inFile: true, time: time);
        Assert.Single((await next.SyncAsync("a1", after: "")).ControlIds);
        await next.UntilAsync("a1", ControlState.HandedOut, ControlState.Expired);

        // The other one is known of too, though nobody has pushed it here.
        time.Advance(Minute);
        await next.UntilAsync("a1", ControlState.Expired, ControlState.Expired);
    }

    [Fact]
    public async Task Agent_without_acknowledgements_gets_no_expired_control_and_its_poll_is_not_woken_by_one()
    {
        await using RunningBackend backend = await StartAsync(inFile: false);
        await backend.Hub.GetControlsAsync("a1");
        await PushAsync(backend, "a1", Minute);
        backend.Time.Advance(Minute);
        await backend.UntilAsync("a1", ControlState.Expired);
        Assert.Empty((await backend.SyncAsync("a1")).ControlIds);
        Task<Answer> poll = backend.WakeAsync("a1");
        await UntilPollingAsync(backend);
        backend.Time.Advance(TimeSpan.FromSeconds(28));
        Assert.False((await poll).Wake);
    }

    [Fact]
    public async Task Acknowledgement_that_comes_after_the_expiry_is_what_happened()
    {
        await using RunningBackend backend = await StartAsync(inFile: false);
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        string id = await PushAsync(backend, "a1", Minute);
        Assert.Contains(id, await events.NextAsync(), StringComparison.Ordinal);
        backend.Time.Advance(Minute);
        await backend.UntilAsync("a1", ControlState.Expired);

        await backend.SyncAsync("a1", $$""","failedControls":[{"id":"{{id}}","error":"too late"}]""");

        ControlRecord record = Assert.Single(await backend.Hub.GetControlsAsync("a1"));
        Assert.Equal((ControlState.Failed, "too late"), (record.State, record.Error));
    }

    [Fact]
    public async Task Expired_control_is_not_handed_out_while_the_store_cannot_end_it()
    {
        ReadOnlyStore store = new();
        await using RunningBackend backend = await RunningBackend.StartAsync(hub => hub.UseStore(store));
        await PushAsync(backend, "a1", Minute);
        await PushAsync(backend, "a1", Minute);
        string kept = (await backend.Hub.PushAsync("a1", new Control("pause"))).ControlIds[0];
        store.IsReadOnly = true;
        backend.Time.Advance(Minute);

        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        string command = (await events.NextAsync())!;
        Assert.Contains(kept, command, StringComparison.Ordinal);
        Assert.Single(command.Split("\"action\"").Skip(1));
        Assert.Equal([kept], (await backend.SyncAsync("a1", after: "")).ControlIds);

        // It is tried again until the store works.
        store.IsReadOnly = false;
        ControlState[] ended = [ControlState.Expired, ControlState.Expired];
        while (!(await backend.StatesAsync("a1")).Skip(1).SequenceEqual(ended))
        {
            backend.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Run(() => { }, backend.Deadline);
        }
    }

    [Fact]
    public async Task Expiry_beyond_the_calendar_s_end_is_none_that_anybody_sees()
    {
        await using RunningBackend backend = await StartAsync(inFile: false);
        await PushAsync(backend, "a1", TimeSpan.MaxValue);
        Assert.Single((await backend.SyncAsync("a1", after: "")).ControlIds);
        backend.Time.Advance(TimeSpan.FromHours(1));
        Assert.Single((await backend.SyncAsync("a1", after: "")).ControlIds);
    }

    private static async Task UntilPollingAsync(RunningBackend backend)
    {
        await foreach (AgentChanges changes in backend.Hub.FollowAgentsAsync(backend.Deadline))
        {
            if (changes.Changed.Any(agent => agent.Routes.HasFlag(DownlinkRoutes.LongPoll)))
            {
                return;
            }

            backend.Time.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    private static async Task<string> PushAsync(RunningBackend backend, string agent, TimeSpan expiresAfter) =>
        (await backend.Hub.PushAsync(new PushRequest
        {
            AgentIds = [agent],
            Controls = [new Control("pause")],
            ExpiresAfter = expiresAfter,
        }))[0].ControlIds[0];

    private sealed class ReadOnlyStore : ControlStore
    {
        private readonly Agents.Hub.Controls.InMemoryControlStore _store = new();

        public bool IsReadOnly { get; set; }

        public override ValueTask<IReadOnlyList<PushResult>> AddAsync(
            IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
            _store.AddAsync(controls, maxPending, cancellationToken);

        public override ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
            string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken) =>
            _store.GetPendingAsync(agentId, afterSequence, maxCount, cancellationToken);

        public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
            string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) =>
            IsReadOnly ? throw new ControlStoreException("it may not be written") : _store.UpdateAsync(agentId, updates, cancellationToken);

        public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
            _store.GetEndedAsync(agentId, cancellationToken);

        public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) =>
            _store.CountPendingAsync(cancellationToken);

        public override ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken) =>
            _store.RemoveAgentAsync(agentId, cancellationToken);
    }

    private Task<RunningBackend> StartAsync(bool inFile, Action<AgentHubOptions>? options = null, FakeTimeProvider? time = null) =>
        RunningBackend.StartAsync(
            hub => _ = inFile ? hub.UseSqlite(Path.Combine(_folder.FullName, "store.db")) : hub, options, time: time);
}
