namespace Unarr.Agent.Terminal;

/// <summary>Lines that wait for the thread that writes them, within two bounds. Thread-safe; adding never waits.</summary>
/// <param name="dropped">Makes the line that reports how many lines were dropped.</param>
internal sealed class LineQueue(Func<long, byte[]> dropped)
{
    public const int MaxLines = 1024;
    public const int MaxBytes = 1024 * 1024;

    private readonly object _gate = new();
    private readonly Queue<byte[]> _lines = [];
    private int _bytes;
    private long _dropped;
    private bool _isComplete;

    /// <summary>Adds a line. One that is over a bound is dropped and counted, and so is each that follows,
    /// until half of the room is free.</summary>
    /// <returns>How many lines in a row have been dropped, this one included; 0 when it was taken.</returns>
    public long Add(byte[] line)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return 0;
            }

            if (_dropped > 0 || _lines.Count >= MaxLines || line.Length > MaxBytes - _bytes)
            {
                return ++_dropped;
            }

            Enqueue(line);
            return 0;
        }
    }

    /// <summary>Takes the next line without waiting.</summary>
    /// <returns><see langword="null"/> when none waits.</returns>
    public byte[]? TryTake()
    {
        lock (_gate)
        {
            if (!_lines.TryDequeue(out byte[]? line))
            {
                return null;
            }

            _bytes -= line.Length;
            if (_lines.Count <= MaxLines / 2 && _bytes <= MaxBytes / 2)
            {
                ReportDropped();
            }

            return line;
        }
    }

    /// <summary>Waits for the next line.</summary>
    /// <returns><see langword="null"/> when the queue is complete and empty.</returns>
    public byte[]? Take()
    {
        lock (_gate)
        {
            while (_lines.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            return TryTake();
        }
    }

    /// <summary>Takes no further line; the number of those that were dropped is the last one.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (!_isComplete)
            {
                ReportDropped();
                _isComplete = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void ReportDropped()
    {
        if (_dropped > 0)
        {
            Enqueue(dropped(_dropped));
            _dropped = 0;
        }
    }

    private void Enqueue(byte[] line)
    {
        _lines.Enqueue(line);
        _bytes += line.Length;
        Monitor.Pulse(_gate);
    }
}
