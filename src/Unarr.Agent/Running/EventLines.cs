using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Unarr.Agent.Running;

/// <summary>The lines on their way to the output: one writer, so that they never interleave, each flushed.</summary>
internal sealed class EventLines
{
    private const int MaxWaiting = 1024;

    // A reader of the output that has stopped reading must not hold the agent up when it is ended.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(1);

    private readonly Channel<(byte[] Line, TaskCompletionSource? Written)> _lines =
        Channel.CreateBounded<(byte[], TaskCompletionSource?)>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private readonly Stream _output;
    private readonly ILogger _logger;
    private readonly Task _writing;
    private int _dropped;
    private volatile bool _isEnded;

    public EventLines(Stream output, ILogger logger)
    {
        _output = output;
        _logger = logger;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Ends when lines can no longer be written; faults when that is an error.</summary>
    public Task Writing => _writing;

    /// <summary>Adds a line without waiting; it is dropped while too many wait for a reader of the output.</summary>
    public void Add(byte[] line)
    {
        if (!_lines.Writer.TryWrite((line, null)) && !_isEnded && Interlocked.Exchange(ref _dropped, 1) == 0)
        {
            AgentLog.LinesDropped(_logger);
        }
    }

    /// <summary>Adds a line and waits until it is written, or until no line can be written any more.</summary>
    public async Task WriteAsync(byte[] line, CancellationToken cancellationToken)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _lines.Writer.WriteAsync((line, written), cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return;
        }

        await written.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what is at hand, for a moment.</summary>
    /// <exception cref="IOException">The output could not be written.</exception>
    public async Task EndAsync()
    {
        _lines.Writer.TryComplete();
        try
        {
            await _writing.WaitAsync(EndTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            AgentLog.LinesDropped(_logger);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach ((byte[] line, TaskCompletionSource? written) in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                try
                {
                    await _output.WriteAsync(line).ConfigureAwait(false);
                    await _output.FlushAsync().ConfigureAwait(false);
                    _dropped = 0;
                }
                finally
                {
                    written?.SetResult();
                }
            }
        }
        catch (IOException exception) when (StandardOutput.IsClosed(exception))
        {
            // Whoever read the lines has gone: the agent ends as if it had been told to.
        }
        finally
        {
            _isEnded = true;
            _lines.Writer.TryComplete();
            while (_lines.Reader.TryRead(out (byte[] Line, TaskCompletionSource? Written) late))
            {
                late.Written?.SetResult();
            }
        }
    }
}
