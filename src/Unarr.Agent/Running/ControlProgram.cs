using System.ComponentModel;
using System.Diagnostics;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running;

/// <summary>The program that is started for each control.</summary>
/// <param name="command">What the shell runs.</param>
/// <param name="error">Takes the lines that the program prints; by default they go to standard error as they are.</param>
internal sealed class ControlProgram(string command, TextWriter? error = null)
{
    // What it printed last comes a moment after its end.
    private static readonly TimeSpan LastLines = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts it and waits for its end, not for what it leaves running; cancelling kills it with all it has started.</summary>
    /// <exception cref="InvalidOperationException">It could not be started, or ended with an exit code other than 0.</exception>
    public async Task RunAsync(ControlAction control, CancellationToken cancellationToken)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var process = new Process { StartInfo = Start(control), EnableRaisingEvents = true };
        process.Exited += (_, _) => exited.TrySetResult();
        process.Start();
        Task telling = error is null ? Task.CompletedTask : TellAsync(process.StandardError, error);
        try
        {
            await exited.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw;
        }

        // A process that it has started holds its standard error open, and prints on.
        await Task.WhenAny(telling, Task.Delay(LastLines, cancellationToken)).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The control program ended with exit code {process.ExitCode}.");
        }
    }

    /// <summary>Passes on what is printed, until the last that can print has ended.</summary>
    private static async Task TellAsync(StreamReader printed, TextWriter error)
    {
        using (printed)
        {
            while (await printed.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                await error.WriteLineAsync(line).ConfigureAwait(false);
            }
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It, or a part of its tree, has ended by itself in the meantime.
        }
    }

    private ProcessStartInfo Start(ControlAction control)
    {
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardError = error is not null };
        if (OperatingSystem.IsWindows())
        {
            // cmd takes the rest of its command line as it is: no quoting of ours must come in between.
            start.FileName = "cmd.exe";
            start.Arguments = $"/d /s /c \"({command}) 1>&2 <nul\"";
        }
        else
        {
            // Standard output carries the agent's lines: what the program prints goes to standard error.
            start.FileName = "/bin/sh";
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("exec /bin/sh -c \"$1\" </dev/null >&2");
            start.ArgumentList.Add("sh");
            start.ArgumentList.Add(command);
        }

        start.Environment.Remove(ApiKey.Variable);
        start.Environment["UNARR_ACTION"] = Carried(control.Action);
        start.Environment["UNARR_TASK_ID"] = Carried(control.TaskId);
        start.Environment["UNARR_DELETE_FILES"] = control.DeleteFiles ? "true" : "false";
        return start;
    }

    /// <summary>An environment variable ends at U+0000: a value that holds one would name another task.</summary>
    private static string Carried(string value) => !value.Contains('\0')
        ? value
        : throw new InvalidOperationException("The control holds U+0000, which an environment variable cannot carry.");
}
