using System.CommandLine;
using Unarr.Agent.Connecting;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;

namespace Unarr.Agent.Running;

/// <summary>The command <c>run</c>: the agent.</summary>
internal static class RunCommand
{
    private const string Notes =
        """
        Durations are 500ms, 40s, 5m, 1h; sizes are 262144, 256KiB, 1MiB. Paths in the file are taken as arguments are: from the
        working directory. The API key is never an argument: it comes from --api-key-file, or from UNARR_API_KEY.
        Output: one line for each control, its result, each sync and change of route; logs go to standard error. On a terminal a live
        view instead: route, since when, mirror, when bytes last came, counters, the last controls; there, logs go above it. NO_COLOR
        takes its colour. Lines that nobody reads never hold the agent up: beyond 1,024 they are dropped, and their number is written.
        Control program: started by the shell for one control at a time, in order, and waited for. It gets UNARR_ACTION,
        UNARR_TASK_ID, UNARR_DELETE_FILES (true or false) and UNARR_CONTROL_ID (unset where the control has none) in its environment,
        and not UNARR_API_KEY. It reads nothing. What it prints goes to standard error, line by line, 64 KiB of each line at most.
        An exit code other than 0 is a failed control, and so is a program that runs longer than --control-timeout.
        Exit codes: 0 after Ctrl-C, SIGTERM or --exit-after, and when nobody reads the output any more; 1 when the output cannot be
        written, or the system has no more open files, memory or disk; 2 for wrong arguments or an unusable configuration. Nothing on
        the network ends it.

        Examples:
          unarr-agent run --server https://control.example.com --api-key-file /etc/unarr/key
          unarr-agent run --config /etc/unarr/agent.toml --on-control 'logger "$UNARR_ACTION $UNARR_TASK_ID"'

        A configuration file:
          [daemon]
          server = ["https://control.example.com", "https://mirror.example.net"]
          api_key_file = "/etc/unarr/key"
          downlink = "auto"
          sync_interval = "10s"

        The file of an agent that is deployed already can stay: of its other sections only [auth] is read, api_url and mirrors where
        no server is given, and api_key where no key is.

        """;

    public static Command Create(Surroundings surroundings)
    {
        var options = new RunOptions();
        var command = new DocumentedCommand("run", "Runs the agent: hybrid downlink and sync loop against a control plane.", Notes);
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        command.SetAction(async (arguments, cancellationToken) =>
        {
            RunSettings settings = new(arguments, null);
            if (arguments.GetValue(options.Config) is { } path)
            {
                var file = new ConfigurationFile(path, options, surroundings.Error);
                ParseResult values = await SmallFile.OpenedAsync(file.Read, cancellationToken).ConfigureAwait(false);
                settings = new RunSettings(arguments, values, file.ApiKey);
            }

            return await new AgentRun(surroundings, options, settings).RunAsync(cancellationToken).ConfigureAwait(false);
        });
        return command;
    }
}
