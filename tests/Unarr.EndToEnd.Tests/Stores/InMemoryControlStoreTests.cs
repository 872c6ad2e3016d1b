using System.Collections;
using Unarr.Agents.Hub.Controls;

namespace Unarr.EndToEnd.Tests.Stores;

public sealed class InMemoryControlStoreTests : ControlStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected override IControlStore Store { get; } = new InMemoryControlStore();

    [Fact]
    public async Task Push_waits_while_another_call_changes_the_agent_s_queue_and_that_of_another_agent_does_not()
    {
        await AddAsync("a1", "1");
        using HeldOutcomes outcomes = new(new ControlOutcome("1", ControlState.Applied));
        Task<int> settling = Task.Run(async () => await Store.SettleAsync("a1", outcomes, default, default));
        Assert.True(outcomes.Begun.Wait(Patience));
        await AddAsync("a2", "2");

        bool wasHeld = false;
        Thread push = new(() =>
        {
            AddAsync("a1", "3").Wait();
            wasHeld = !outcomes.GoOn.IsSet;
        });
        push.Start();
        Assert.True(SpinWait.SpinUntil(() => !push.IsAlive || push.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        outcomes.GoOn.Set();
        Assert.Equal(1, await settling.WaitAsync(Patience));
        Assert.True(push.Join(Patience));
        Assert.False(wasHeld);
        Assert.Equal(["3"], Ids(await PendingAsync("a1")));
    }

    private async Task AddAsync(string agent, string id) =>
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync(agent, [Record(id)], 10, default));

    /// <summary>One outcome that is read once the test says so; the store reads it while it changes the queue.</summary>
    private sealed class HeldOutcomes(ControlOutcome outcome) : IReadOnlyCollection<ControlOutcome>, IDisposable
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        public int Count => 1;

        public IEnumerator<ControlOutcome> GetEnumerator()
        {
            Begun.Set();
            Assert.True(GoOn.Wait(Patience));
            yield return outcome;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose()
        {
            Begun.Dispose();
            GoOn.Dispose();
        }
    }
}
