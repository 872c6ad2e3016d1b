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
        Durations are 500ms, 40s, 5m, 1h; sizes are 262144, 256KiB, 1MiB. Paths in the file are relative to the working directory.
        Each option also has a variable in the environment: --sync-interval is UNARR_SYNC_INTERVAL. An argument wins over the variable,
        and the variable over the file. Several servers in UNARR_SERVER are separated by spaces or commas.
        The API key is never an argument: it comes from --api-key-file, or from UNARR_API_KEY.
        Output: one line for each control, each result, each sync and each change of the route. Logs go to standard error. A terminal
        shows a live view instead: the route and its age, the mirror, when bytes last came, counters and the last controls, with logs
        above it. NO_COLOR turns colours off. Output that nobody reads never delays the agent: after 1,024 unread lines the next ones
        are dropped, and a line reports how many.
        With TERM=dumb the terminal gets plain lines.
        Without --on-control each control is written to the output, and acknowledged as applied.
        Control program: the shell starts it for one control at a time, in order, and the agent waits for it. Its environment has
        UNARR_ACTION, UNARR_TASK_ID, UNARR_DELETE_FILES (true or false) and UNARR_CONTROL_ID (unset where the control has no id), but
        not UNARR_API_KEY. Its standard input is the control's "params": compact JSON, or nothing. Its output goes to standard error,
        line by line, at most 64 KiB of each line.
        The control has failed when the exit code is not 0, or when the program runs longer than --control-timeout.
        Exit codes: 0 after Ctrl-C, SIGTERM or --exit-after, and when the reader of the output has gone; 1 when the output cannot be
        written, or the system has no more open files, memory or disk space; 2 for wrong arguments or an unusable configuration.
        Nothing on the network ends the agent.

        Examples:
          unarr-agent run --server https://control.example.com --api-key-file /etc/unarr/key
          unarr-agent run --config /etc/unarr/agent.toml --on-control 'logger "$UNARR_ACTION $UNARR_TASK_ID"'

        A configuration file:
          [daemon]
          server = ["https://control.example.com", "https://mirror.example.net"]
          api_key_file = "/etc/unarr/key"
          downlink = "auto"
          sync_interval = "10s"

        The file may have other tables. Of these only [auth] is read: api_url and mirrors when neither an argument, nor UNARR_SERVER,
        nor [daemon] names a server, and api_key when there is no API key file and no UNARR_API_KEY.

        """;

    public static Command Create(Surroundings surroundings)
    {
        var options = new RunOptions();
        var command = new DocumentedCommand("run", "Runs the agent: a hybrid downlink and a sync loop to a control plane.", Notes);
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        command.SetAction(async (arguments, cancellationToken) =>
        {
            ParseResult environment = OptionLayer.OfEnvironment(options.All, surroundings.Environment);
            RunSettings settings = new(arguments, null, null, environment);
            if (settings.Get(options.Config) is { } path)
            {
                var file = new ConfigurationFile(path, options, surroundings.Error);
                ParseResult values = await SmallFile.OpenedAsync(file.Read, cancellationToken).ConfigureAwait(false);
                settings = new RunSettings(arguments, values, file.ApiKey, environment);
            }

            return await new AgentRun(surroundings, options, settings).RunAsync(cancellationToken).ConfigureAwait(false);
        });
        return command;
    }
}
