using System.ComponentModel;
using System.Diagnostics;
using Unarr.Agent.Connecting;
using Unarr.Agent.Output;
using Unarr.Agent.Terminal;
using Unarr.Agents.Protocol;
using Unarr.CommandLine;

namespace Unarr.Agent.Running;

/// <summary>The program that is started for each control.</summary>
/// <param name="command">What the shell runs.</param>
/// <param name="error">Takes the lines that the program prints, without control characters.</param>
/// <param name="timeout">How long it may run; <see langword="null"/> for as long as it likes.</param>
/// <param name="timeProvider">The clock of the timeout.</param>
internal sealed class ControlProgram(string command, TextWriter error, TimeSpan? timeout, TimeProvider timeProvider)
{
    // What it printed last comes a moment after its end, and the end a moment after it was killed.
    private static readonly TimeSpan LastLines = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastBreath = TimeSpan.FromSeconds(1);

    /// <summary>Starts it and waits for its end, not for what it leaves running; cancelling kills it with all it has started.</summary>
    /// <exception cref="ControlProgramException">It ended with an exit code other than 0, was killed after its time, or could not be
    /// told what the control says.</exception>
    /// <exception cref="Win32Exception">It could not be started.</exception>
    public async Task RunAsync(Control control, CancellationToken cancellationToken)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var process = new Process { StartInfo = Start(control), EnableRaisingEvents = true };
        process.Exited += (_, _) => exited.TrySetResult();
        process.Start();
        Task telling = TellAsync(process.StandardError.BaseStream, error);

        // Not waited for: a program need not read it.
        _ = FeedAsync(process.StandardInput.BaseStream, control.Parameters);
        try
        {
            await exited.Task.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw;
        }
        catch (TimeoutException)
        {
            Kill(process);
            await Task.WhenAny(exited.Task, Task.Delay(LastBreath, cancellationToken)).ConfigureAwait(false);
            string reason = $"timed out after {DurationArgument.Format(timeout.GetValueOrDefault())}";
            throw new ControlProgramException(reason, $"The control program {reason}.");
        }

        // A process that it has started holds its standard error open, and prints on.
        await Task.WhenAny(telling, Task.Delay(LastLines, cancellationToken)).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            string reason = $"exit code {process.ExitCode}";
            throw new ControlProgramException(reason, $"The control program ended with {reason}.");
        }
    }

    /// <summary>Writes the control's parameters, as far as they are read.</summary>
    private static async Task FeedAsync(Stream input, ReadOnlyMemory<byte> parameters)
    {
        try
        {
            await using (input.ConfigureAwait(false))
            {
                await input.WriteAsync(parameters, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The program has ended, or has closed its standard input.
        }
    }

    /// <summary>Passes on what is printed, until the last that can print has ended.</summary>
    private static async Task TellAsync(Stream printed, TextWriter error)
    {
        await using (printed.ConfigureAwait(false))
        {
            var lines = new PrintedLines(line => error.WriteLine(OneLine.Of(line)));
            byte[] buffer = new byte[4096];
            int read;
            while ((read = await printed.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                lines.Add(buffer.AsSpan(0, read));
            }

            lines.End();
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

    private ProcessStartInfo Start(Control control)
    {
        // It gets no standard error of ours: a program that prints would wait for whoever reads that.
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardError = true, RedirectStandardInput = true };
        if (OperatingSystem.IsWindows())
        {
            // cmd takes the rest of its command line as it is: no quoting of ours must come in between.
            start.FileName = "cmd.exe";
            start.Arguments = $"/d /s /c \"({command}) 1>&2\"";
        }
        else
        {
            // Standard output carries the agent's lines: what the program prints goes to standard error.
            start.FileName = "/bin/sh";
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("exec /bin/sh -c \"$1\" >&2");
            start.ArgumentList.Add("sh");
            start.ArgumentList.Add(command);
        }

        start.Environment.Remove(ApiKeyVariable.Name);
        start.Environment["UNARR_ACTION"] = Carried(control.Action);
        start.Environment["UNARR_TASK_ID"] = Carried(control.TaskId);
        start.Environment["UNARR_DELETE_FILES"] = control.DeleteFiles ? "true" : "false";
        start.Environment["UNARR_CONTROL_ID"] = control.Id is { } id ? Carried(id) : null;
        return start;
    }

    /// <summary>An environment variable ends at U+0000: a value that holds one would name another task.</summary>
    private static string Carried(string value) => !value.Contains('\0')
        ? value
        : throw new ControlProgramException(
            "U+0000 in the control", "The control holds U+0000, which an environment variable cannot carry.");
}
