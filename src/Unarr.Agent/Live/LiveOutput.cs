using System.Globalization;
using System.Text;
using Unarr.Agent.Output;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Live;

/// <summary>A view on the terminal, drawn when something happens, and each second, by a thread of its own: a terminal that is stopped holds
/// up nothing else.</summary>
internal sealed class LiveOutput : IAgentOutput
{
    // Faster than an eye reads is only work.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LineQueue _above = new(Dropped);
    private readonly TextWriter _error;
    private readonly AgentClock _clock;
    private readonly LiveView _view;
    private LiveState _state = new();
    private bool _isDrawing;
    private bool _isChanged;

    /// <param name="output">The terminal.</param>
    /// <param name="terminal">Its size.</param>
    /// <param name="coloured">Whether the state has a colour.</param>
    /// <param name="error">Takes the log lines while there is no view.</param>
    /// <param name="clock">The time since the agent's start.</param>
    public LiveOutput(Stream output, ITerminal terminal, bool coloured, TextWriter error, AgentClock clock)
    {
        _error = error;
        _clock = clock;
        _view = new LiveView(output, () => LiveLines.Of(
            _state with { Agent = Agent }, clock.Now, terminal.Width, terminal.Height - 1, coloured));
        Log = new LiveLog(Print);
    }

    public Task Ended => _ended.Task;

    /// <summary>Which agent it is, in words.</summary>
    public string Agent { get; init; } = "";

    /// <summary>Takes log lines; they go above the view.</summary>
    public TextWriter Log { get; }

    public void Control(Control control, ControlRoute source, TimeSpan at) => Change(state => state.With(control, source, at));

    public void Result(ControlResult result, TimeSpan at) => Change(state => state.With(result));

    public void Synced(SyncReport report, TimeSpan at) => Change(state => state.With(report));

    public void RouteChanged(DownlinkStatus status, TimeSpan at) => Change(state => state.With(status, at));

    /// <summary>Bytes came on a stream.</summary>
    public void Heard(int bytes) => Change(state => state.With(bytes, _clock.Now));

    public async Task EndAsync()
    {
        lock (_gate)
        {
            _above.Complete();
            _end.TrySetResult();
            Monitor.Pulse(_gate);
            if (!_isDrawing)
            {
                return;
            }

            _isDrawing = false;
        }

        try
        {
            await Ended.WaitAsync(LineWriter.EndTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _error.WriteLine("warning: The terminal is stopped: the view is left as it is");
        }
    }

    private static byte[] Dropped(long lines) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"warning: The terminal was stopped: lines dropped: {lines}"));

    private void Print(string line)
    {
        lock (_gate)
        {
            if (_isDrawing)
            {
                _above.Add(Encoding.UTF8.GetBytes(line));
                Wake();
                return;
            }
        }

        _error.WriteLine(line);
    }

    private void Change(Func<LiveState, LiveState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
            Wake();

            // Nothing is drawn before something happens: until then the command may still be refused.
            if (!_isDrawing && !_end.Task.IsCompleted)
            {
                _isDrawing = true;
                new Thread(DrawToTheEnd) { IsBackground = true }.Start();
            }
        }
    }

    private void Wake()
    {
        _isChanged = true;
        Monitor.Pulse(_gate);
    }

    private void DrawToTheEnd()
    {
        try
        {
            do
            {
                WaitForAChange();
                _view.Draw(Above());
            }
            while (!_end.Task.Wait(Shortest));

            _view.End(Above());
            _ended.SetResult();
        }
        catch (Exception exception)
        {
            _ended.SetException(exception);
        }
    }

    private void WaitForAChange()
    {
        lock (_gate)
        {
            if (!_isChanged && !_end.Task.IsCompleted)
            {
                Monitor.Wait(_gate, Longest);
            }

            _isChanged = false;
        }
    }

    private string[] Above()
    {
        List<string> lines = [];
        while (_above.TryTake() is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line));
        }

        return [.. lines];
    }
}
