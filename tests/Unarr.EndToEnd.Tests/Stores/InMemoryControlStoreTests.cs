using System.Collections;
using Unarr.Agents.Hub.Controls;

namespace Unarr.EndToEnd.Tests.Stores;

public sealed class InMemoryControlStoreTests : ControlStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected override ControlStore Store { get; } = new InMemoryControlStore();

    [Fact]
    public async Task Push_waits_while_another_call_changes_the_agent_s_queue_and_that_of_another_agent_does_not()
    {
        await AddAsync(Record("a1", "1"));
        using HeldOutcomes outcomes = new(Applied("1"));
        Task<IReadOnlyList<ControlRecord>> settling = Task.Run(async () => await Store.UpdateAsync("a1", outcomes, default));
        Assert.True(outcomes.Begun.Wait(Patience));
        await AddAsync(Record("a2", "2"));

        bool wasHeld = false;
        Thread push = new(() =>
        {
            AddAsync(Record("a1", "3")).Wait();
            wasHeld = !outcomes.GoOn.IsSet;
        });
        push.Start();
        Assert.True(SpinWait.SpinUntil(() => !push.IsAlive || push.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        outcomes.GoOn.Set();
        Assert.Single(await settling.WaitAsync(Patience));
        Assert.True(push.Join(Patience));
        Assert.False(wasHeld);
        Assert.Equal(["3"], Ids(await PendingAsync("a1")));
    }

    /// <summary>One outcome that is read once the test says so; the store reads it while it changes the queue.</summary>
    private sealed class HeldOutcomes(ControlUpdate outcome) : IReadOnlyList<ControlUpdate>, IDisposable
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        public int Count => 1;

        public ControlUpdate this[int index] => outcome;

        public IEnumerator<ControlUpdate> GetEnumerator()
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
