using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.Downlink;




namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Each attack on a running downlink: once it ends, pushes arrive again.</summary>
public class RecoveryTests
{
    private const string Command = """{"controls":[{"action":"pause","taskId":"healed"}]}""";

    /// <summary>The server is left alone for minutes after some; that is the outcome's test.</summary>
    public static TheoryData<string> Attacks_that_may_be_tried_again_at_once =>
        new(Attacks.Names.Where(name => !Attacks.Named(name).Outcome.EndsWith(" s", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Attacks_that_may_be_tried_again_at_once))]
    public async Task Downlink_is_covered_again_once_the_attack_ends(string name)
    {
        Attack attack = Attacks.Named(name);
        bool isOnStream = attack.Endpoints.Contains("events");
        await using HostileServer server = new();
        server.Begin(attack);
        await using RunningAgent agent = new(
            () => HostileClient.Key, [server.Address], options => options with
            {
                // Where the stream is honest there is no poll to attack.
                Mode = isOnStream ? DownlinkMode.Auto : DownlinkMode.LongPoll,
                ReconnectDelay = TimeSpan.FromMilliseconds(5),
                PollRetryDelay = TimeSpan.FromMilliseconds(5),
                FirstFrameGrace = TimeSpan.FromMilliseconds(5),
                FallbackWindow = TimeSpan.FromMilliseconds(50),
                SyncInterval = TimeSpan.FromMilliseconds(50),
            });
        await server.UntilAskedAsync();

        server.Greeting = $": connected hb=60000\n\nevent: command\ndata: {Command}\n\n";
        server.Answer = isOnStream ? server.Answer : Command;
        await server.HealAsync();

        (Control control, ControlRoute source) = await agent.ControlAsync();
        while (control.TaskId != "healed")
        {
            // What an attack names is read as far as it can be, with and without a task.
            (control, source) = await agent.ControlAsync();
        }

        Assert.Equal(("healed", isOnStream ? ControlRoute.Stream : ControlRoute.Sync), (control.TaskId, source));
        await agent.UntilSyncedAsync(report => report.Succeeded);
        await agent.UntilAsync(RunningAgent.HasRoute);
        if (!isOnStream)
        {
            await server.UntilAskedAsync();
        }
    }
}
