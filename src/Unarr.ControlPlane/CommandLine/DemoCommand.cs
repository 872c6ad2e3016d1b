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
          unarr-controlplane demo --nodes 3

        The second shows three nodes that share a store in JetStream, and three agents; one of the nodes is killed. It needs nats-server.
        """;

    private static readonly Option<int> Nodes = NodesOption();

    public static Command Create()
    {
        DocumentedCommand command = new(
            "demo", "Shows in about 20 seconds what the downlink does when the path goes mute and heals.", Notes) { Nodes };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            if (arguments.GetValue(Nodes) == 3)
            {
                return await ShowFleetAsync(cancellationToken).ConfigureAwait(false) ? 0 : 1;
            }

            DemoScenario scenario = new(new DemoNarrator(Console.Out));
            return await scenario.RunAsync(cancellationToken).ConfigureAwait(false) ? 0 : 1;
        });
        return command;
    }

    private static Option<int> NodesOption()
    {
        Option<int> nodes = new("--nodes")
        {
            Description = "How many nodes the demo has: 1, or 3 over NATS.",
            HelpName = "N",
            DefaultValueFactory = static _ => 1,
        };
        nodes.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is not (1 or 3))
            {
                result.AddError("--nodes: the demo has 1 node or 3.");
            }
        });
        return nodes;
    }

    private static async Task<bool> ShowFleetAsync(CancellationToken cancellationToken)
    {
        await using DemoServer server = DemoServer.Start()
            ?? throw new UsageException("--nodes: nats-server is not installed; docs/cluster.md says which version is needed.");
        using HttpClient client = new();
        return await new FleetScenario(new DemoNarrator(Console.Out), client).RunAsync(server, cancellationToken).ConfigureAwait(false);
    }
}
