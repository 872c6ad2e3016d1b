using System.Globalization;
using Unarr.Agents.Hub;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.Downlink;

namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>Pushes commands and makes faults for a while, and waits until everything is quiet again.</summary>
internal sealed class SoakRun(ControlPlaneHost host, FaultyRelay relay, SoakedAgent[] agents, int seed)
{
    // As many as fill every memory of the last so-and-so many commands: it is no leak that such a one fills.
    private const int FillCommands = 5000;
    private const int BatchCommands = 1000;

    private static readonly TimeSpan PushInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    // A pool lets an idle connection go after a minute and an idle thread after 20 seconds, on a quiet machine.
    private static readonly TimeSpan MostToSettle = TimeSpan.FromMinutes(3);

    private readonly FaultScript _script = new(seed);
    private int _faults;
    private int _refused;

    /// <summary>How many commands an agent may get at most in a run of a length.</summary>
    public static int MostCommands(TimeSpan length) => FillCommands + (int)(2 * length / PushInterval);

    /// <summary>Sends as many commands over a good path as agents and control plane remember.</summary>
    public async Task FillAsync()
    {
        using CancellationTokenSource deadline = new(MostToSettle);
        for (int sent = 0; sent < FillCommands; sent += BatchCommands)
        {
            await Task.WhenAll(agents.Select(agent => PushAsync(agent, BatchCommands)));
            foreach (SoakedAgent agent in agents)
            {
                host.Nudge(agent.Id);
            }

            await DeliveredAsync(deadline.Token);
        }
    }

    /// <summary>Commands and faults for as long as that.</summary>
    public async Task RunAsync(TimeSpan length)
    {
        using CancellationTokenSource end = new(length);
        Task faults = MakeFaultsAsync(end.Token);
        using PeriodicTimer timer = new(PushInterval);
        while (!end.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            await Task.WhenAll(agents.Select(agent => PushAsync(agent, 1)));
        }

        await faults;
    }

    /// <summary>Waits until all commands are delivered and what is held is no more than before, or will not become so.</summary>
    /// <param name="before">What was held before, or <see langword="null"/> to take what there is once it falls no more.</param>
    public async Task<Census> SettleAsync(Census? before)
    {
        using CancellationTokenSource deadline = new(MostToSettle);
        await DeliveredAsync(deadline.Token);
        using PeriodicTimer timer = new(LookInterval);
        Census census;
        do
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            census = Census.Take();
        }
        while (!deadline.IsCancellationRequested
            && !(agents.All(agent => RunningAgent.HasRoute(agent.Status)) && (before is not { } bound || census.IsNoMoreThan(bound))));
        return census;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_faults} faults, {agents.Sum(agent => agent.Pushed)} commands, {_refused} refused by a full queue, "
        + $"{string.Join(" + ", agents.Select(agent => agent.Changes))} changes of route");

    private async Task MakeFaultsAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            relay.Begin(_script.Next());
            _faults++;
            await WaitAsync(_script.Lasting());
            relay.Heal();
            await WaitAsync(_script.Quiet());
        }

        async Task WaitAsync(TimeSpan time) => await Task.Delay(time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PushAsync(SoakedAgent agent, int count)
    {
        Control[] commands = [
            .. Enumerable.Range(agent.Pushed, count).Select(number => new Control("pause", number.ToString(CultureInfo.InvariantCulture)))];
        if ((await host.PushAsync(agent.Id, commands)).Status == PushStatus.Queued)
        {
            agent.Pushed += count;
        }
        else
        {
            _refused += count;
        }
    }

    private async Task DeliveredAsync(CancellationToken deadline)
    {
        foreach (SoakedAgent agent in agents)
        {
            await host.WaitUntilAsync(agent.Id, view => view.Pending.Count == 0, deadline);
        }
    }
}
