namespace Unarr.Agents.Hub.Lines;

/// <summary>Hands on a text at once, and what comes within the next second as one: the last text and how many it stands for.</summary>
/// <remarks>However often somebody can cause a line, it is at most one a second.</remarks>
internal sealed class RatedLine : IDisposable
{
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Action<string, int> _write;
    private readonly ITimer _timer;
    private string _last = "";
    private int _untold;
    private bool _isPausing;

    /// <param name="write">Is called with a text and how many texts it stands for.</param>
    /// <param name="time">The clock.</param>
    public RatedLine(Action<string, int> write, TimeProvider time)
    {
        _write = write;
        _timer = time.CreateTimer(static state => ((RatedLine)state!).EndPause(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Write(string text)
    {
        lock (_gate)
        {
            if (_isPausing)
            {
                _last = text;
                _untold++;
                return;
            }

            Pause();
        }

        _write(text, 1);
    }

    public void Dispose() => _timer.Dispose();

    private void EndPause()
    {
        string text;
        int count;
        lock (_gate)
        {
            (text, count, _untold) = (_last, _untold, 0);
            _isPausing = false;
            if (count == 0)
            {
                return;
            }

            Pause();
        }

        _write(text, count);
    }

    private void Pause()
    {
        _isPausing = true;
        _timer.Change(Gap, Timeout.InfiniteTimeSpan);
    }
}
