using System.ComponentModel;
using System.Diagnostics;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running;

/// <summary>The program that is started for each control.</summary>
/// <param name="command">What the shell runs.</param>
/// <param name="error">Takes the lines that the program prints; by default they go to standard error as they are.</param>
internal sealed class ControlProgram(string command, TextWriter? error = null)
{
    /// <summary>Starts it and waits for its end; cancelling kills it with all it has started.</summary>
    /// <exception cref="InvalidOperationException">It could not be started, or ended with an exit code other than 0.</exception>
    public async Task RunAsync(ControlAction control, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = Start(control) };
        process.ErrorDataReceived += (_, line) => Tell(line.Data);
        process.Start();
        if (error is not null)
        {
            process.BeginErrorReadLine();
        }

        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The control program ended with exit code {process.ExitCode}.");
        }
    }

    private void Tell(string? line)
    {
        // Null is the end of what it prints.
        if (line is not null)
        {
            error?.WriteLine(line);
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
