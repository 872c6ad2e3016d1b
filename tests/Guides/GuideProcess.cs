using System.Diagnostics;
using System.Threading.Channels;

namespace Unarr.Guides;

/// <summary>A program of a guide, running, whose output is read line by line.</summary>
internal sealed class GuideProcess : IAsyncDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _read = [];
    private readonly Process _process;
    private int _endedOutputs;

    public GuideProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Reads the output up to a line that has a text.</summary>
    /// <returns>What follows the text in that line.</returns>
    public async Task<string> WaitForAsync(string text, CancellationToken deadline)
    {
        try
        {
            while (true)
            {
                string line = await _lines.Reader.ReadAsync(deadline);
                _read.Add(line);
                if (line.IndexOf(text, StringComparison.Ordinal) is >= 0 and var at)
                {
                    return line[(at + text.Length)..];
                }
            }
        }
        catch (Exception exception) when (exception is ChannelClosedException or OperationCanceledException)
        {
            throw new InvalidOperationException($"There was no '{text}' in\n{string.Join('\n', _read)}", exception);
        }
    }

    /// <summary>Waits for the end of the process.</summary>
    public async Task<int> EndAsync(CancellationToken deadline)
    {
        await _process.WaitForExitAsync(deadline);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Writer.TryWrite(line);
        }
        else if (Interlocked.Increment(ref _endedOutputs) == 2)
        {
            // Both outputs are at their end: what is waited for will not come.
            _lines.Writer.TryComplete();
        }
    }
}
