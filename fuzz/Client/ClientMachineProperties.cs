using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Client;

/// <summary>What holds of the client's decisions whatever the network does.</summary>
public sealed class ClientMachineProperties
{
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    [Many(5_000, EndSize = 100)]
    public void Decisions_keep_the_rules(ClientStep[] script, bool strict, bool closeAtEnd, byte bound, double random) => Run(
        script,
        new SseClientOptions { Strict = strict, CloseAtEnd = closeAtEnd, MaxAttempts = bound % 3 == 0 ? 1 + (bound % 7) : null },
        double.IsFinite(random) ? Math.Abs(random % 1) : 0);

    private static void Run(ClientStep[] script, SseClientOptions options, double random)
    {
        var settings = new SseClientSettings(options);
        var machine = new SseClientMachine(settings);
        TimeSpan now = TimeSpan.Zero;
        TimeSpan? told = null;
        AttemptEnd before = AttemptEnd.None;
        int failures = 0;
        int sent = 0;
        bool hasOpened = false;
        ClientEffect effect = machine.Apply(new ClientInput(ClientInputKind.Begin, now));
        Assert.Equal(ClientEffectKind.Ask, effect.Kind);
        foreach (ClientStep step in script)
        {
            if (step.Closes)
            {
                Assert.Equal(
                    new ClientEffect(ClientEffectKind.End, Reason: SseEndReason.Closed),
                    machine.Apply(new ClientInput(ClientInputKind.Close, now)));
                AssertClosed(machine, now);
                return;
            }

            bool isFree = before is AttemptEnd.None or AttemptEnd.NotConnected or AttemptEnd.NotTrusted or AttemptEnd.Busy
                or AttemptEnd.Refused;
            while (effect.Kind is ClientEffectKind.Ask or ClientEffectKind.Wait)
            {
                if (effect.Kind == ClientEffectKind.Wait)
                {
                    Assert.Equal(SseClientState.Waiting, machine.State);
                    now += effect.Delay;
                    effect = machine.Apply(new ClientInput(step.Reconnects ? ClientInputKind.Reconnect : ClientInputKind.Due, now));
                    continue;
                }

                ClientInputKind kind = step.IsDeclined ? ClientInputKind.Declined : ClientInputKind.Requested;
                effect = machine.Apply(new ClientInput(kind, now) { MayBeSentAgain = step.IsNextRepeatable });
                Assert.True(
                    effect.Kind is ClientEffectKind.End or ClientEffectKind.Fail || (!step.IsDeclined && (isFree || step.IsNextRepeatable)),
                    "A request is made that may not be sent again.");
            }

            if (effect.Kind != ClientEffectKind.Send)
            {
                Assert.Equal(effect.Kind == ClientEffectKind.Fail, AttemptEnds.IsFailure(before));
                AssertClosed(machine, now);
                return;
            }

            // One connection at a time: nothing that comes late makes another.
            sent++;
            Assert.Equal(sent, machine.Attempts);
            Assert.Equal(ClientEffectKind.None, machine.Apply(new ClientInput(ClientInputKind.Due, now)).Kind);
            Assert.Equal(ClientEffectKind.None, machine.Apply(new ClientInput(ClientInputKind.Begin, now)).Kind);
            Assert.Equal(SseClientState.Connecting, machine.State);
            if (step.Opens)
            {
                hasOpened = true;
                machine.Apply(new ClientInput(ClientInputKind.Opened, now));
                Assert.Equal(SseClientState.Open, machine.State);
                now += step.Life;
                if (step.ToldTime is { } time)
                {
                    told = time;
                    machine.Apply(new ClientInput(ClientInputKind.Told, now) { Asked = time });
                }
            }

            before = step.AttemptEnd;
            failures = AttemptEnds.IsFailure(before) && !step.BroughtEvents && step.Life < TimeSpan.FromMinutes(1) ? failures + 1 : 0;
            effect = machine.Apply(new ClientInput(ClientInputKind.Ended, now)
            {
                End = before,
                MayBeSentAgain = step.IsRepeatable,
                BroughtEvents = step.BroughtEvents,
                BroughtNewId = step.BroughtNewId,
                Asked = step.Asked,
                Random = random,
            });
            Assert.NotEqual(ClientEffectKind.None, effect.Kind);
            Assert.NotEqual(ClientEffectKind.Send, effect.Kind);
            if (effect.Kind == ClientEffectKind.Wait)
            {
                AssertBounds(effect.Delay, settings, told, step);
                Assert.True(hasOpened || settings.MaxAttempts is not null || sent < 5, "The first wait tries for ever.");
                Assert.True(settings.MaxAttempts is not { } most || failures < most, "More attempts than chosen.");
            }
        }
    }

    private static void AssertBounds(TimeSpan delay, SseClientSettings settings, TimeSpan? told, ClientStep step)
    {
        TimeSpan first = told ?? settings.ReconnectDelay;
        if (settings.Strict)
        {
            Assert.Equal(first, delay);
            return;
        }

        TimeSpan asked = told is { } time ? (time < FiveMinutes ? time : FiveMinutes) : TimeSpan.Zero;
        TimeSpan least = asked > step.Asked ? asked : step.Asked;
        TimeSpan most = least * 1.1 > settings.MaxReconnectDelay ? least * 1.1 : settings.MaxReconnectDelay;
        Assert.InRange(delay, least, most);
        Assert.True(delay <= FiveMinutes);
        Assert.True(step.BroughtEvents || delay >= TimeSpan.FromSeconds(1), "A hot loop.");
    }

    private static void AssertClosed(SseClientMachine machine, TimeSpan now)
    {
        Assert.Equal(SseClientState.Closed, machine.State);
        foreach (ClientInputKind kind in Enum.GetValues<ClientInputKind>())
        {
            Assert.Equal(default, machine.Apply(new ClientInput(kind, now) { MayBeSentAgain = true }));
        }

        Assert.Equal(SseClientState.Closed, machine.State);
    }
}
