using System.CommandLine;
using Unarr.CommandLine;
using Unarr.ControlPlane.Demo;

namespace Unarr.ControlPlane.CommandLine;

/// <summary><c>unarr-controlplane demo</c>: a control plane, a middlebox and an agent in one process.</summary>
internal static class DemoCommand
{
    private const string Notes = """
        Everything runs on loopback, on ports that the system chooses; you need to prepare nothing. The exit code is 0 when every
        step happened in time, and 1 otherwise.

        Example:
          unarr-controlplane demo
        """;

    public static Command Create()
    {
        DocumentedCommand command = new(
            "demo", "Shows in about 20 seconds what the downlink does when the path goes mute and heals.", Notes);
        command.SetAction(async (_, cancellationToken) =>
        {
            DemoScenario scenario = new(new DemoNarrator(Console.Out));
            return await scenario.RunAsync(cancellationToken).ConfigureAwait(false) ? 0 : 1;
        });
        return command;
    }
}
