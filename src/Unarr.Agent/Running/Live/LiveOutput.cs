using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running.Live;

/// <summary>A view on the terminal, drawn anew when something happens, and each second.</summary>
internal sealed class LiveOutput : IAgentOutput
{
    // Faster than an eye reads is only work.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly LiveView _view;
    private LiveState _state = new();
    private Task? _drawing;
    private bool _changed;

    public LiveOutput(Stream output, ITerminal terminal, bool coloured, TimeProvider timeProvider)
    {
        _time = timeProvider;
        _start = timeProvider.GetTimestamp();
        _view = new LiveView(output, () => LiveLines.Of(_state, At, terminal.Width, terminal.Height - 1, coloured));
        Log = new LiveLog(_view);
    }

    public Task Ended => _ended.Task;

    /// <summary>Takes log lines.</summary>
    public TextWriter Log { get; }

    private TimeSpan At => _time.GetElapsedTime(_start);

    public Task ControlAsync(ControlAction control, ControlSource source, TimeSpan at, CancellationToken cancellationToken)
    {
        Change(state => state.With(control, source, At));
        return Task.CompletedTask;
    }

    public void Synced(SyncReport report, TimeSpan at) => Change(state => state.With(report));

    public void RouteChanged(DownlinkStatus status, TimeSpan at) => Change(state => state.With(status, At));

    /// <summary>Bytes came on a stream.</summary>
    public void Heard(int bytes) => Change(state => state.With(bytes, At));

    public async Task EndAsync()
    {
        _end.TrySetResult();
        if (_drawing is not null)
        {
            await Ended.ConfigureAwait(false);
        }
    }

    private void Change(Func<LiveState, LiveState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
            _changed = true;

            // Nothing is drawn before something happens: until then the command may still be refused.
            _drawing ??= Task.Run(DrawToTheEndAsync);
        }
    }

    private async Task DrawToTheEndAsync()
    {
        try
        {
            await DrawAsync().ConfigureAwait(false);
            _ended.SetResult();
        }
        catch (Exception exception)
        {
            _ended.SetException(exception);
        }
    }

    private async Task DrawAsync()
    {
        long drawn = 0;
        while (!_end.Task.IsCompleted)
        {
            if (_changed || _time.GetElapsedTime(drawn) >= Longest)
            {
                _changed = false;
                drawn = _time.GetTimestamp();
                _view.Draw();
            }

            await Task.WhenAny(_end.Task, Task.Delay(Shortest, _time)).ConfigureAwait(false);
        }

        _view.End();
    }
}
