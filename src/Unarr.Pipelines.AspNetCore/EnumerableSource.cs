using System.Runtime.CompilerServices;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>An application's own events for one reader. The next one is asked for when the one before it is flushed.</summary>
internal sealed class EnumerableSource<T>(
    IAsyncEnumerable<T> events, Action<SseWriter, T> write, EventStream stream, EventStreamMeasures measures) : IEventSource
{
    private readonly Lock _gate = new();
    private IAsyncEnumerator<T>? _events;
    private Action? _moved;
    private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _moving;
    private TaskCompletionSource? _over;
    private bool _isMoving;
    private bool _hasMoved;

    public SourceState WriteNext()
    {
        if (!_isMoving)
        {
            _events ??= events.GetAsyncEnumerator(stream.Ended);
            _moving = AwaiterOf(_events.MoveNextAsync());
            _isMoving = true;
            if (_moving.IsCompleted)
            {
                _hasMoved = true;
            }
            else
            {
                _moving.UnsafeOnCompleted(_moved ??= OnMoved);
            }
        }

        // The awaiter itself is not asked again: the call that completes it may not be over until it has called back.
        return HasMoved() ? Write() : SourceState.Empty;
    }

    public async ValueTask CloseAsync()
    {
        if (_isMoving && !await IsOverSoonAsync().ConfigureAwait(false))
        {
            _ = DisposeLaterAsync();
        }
        else if (_events is not null)
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    private static ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask<bool> moving) =>
        moving.ConfigureAwait(false).GetAwaiter();

    private bool HasMoved()
    {
        lock (_gate)
        {
            return _hasMoved;
        }
    }

    private SourceState Write()
    {
        (_isMoving, _hasMoved) = (false, false);
        if (!_moving.GetResult())
        {
            return SourceState.Ended;
        }

        write(stream.Writer, _events!.Current);
        measures.Sent(1);
        return SourceState.Wrote;
    }

    private void OnMoved()
    {
        lock (_gate)
        {
            _hasMoved = true;
            _over?.TrySetResult();
        }

        stream.Wake();
    }

    private async ValueTask<bool> IsOverSoonAsync()
    {
        lock (_gate)
        {
            if (_hasMoved)
            {
                return true;
            }

            _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return await Cancelled.IsOverSoonAsync(_over.Task).ConfigureAwait(false);
    }

    /// <summary>An enumerator must not be disposed while it moves: one that does not notice its cancellation is disposed when it comes
    /// back.</summary>
    private async Task DisposeLaterAsync()
    {
        await _over!.Task.ConfigureAwait(false);
        try
        {
            await DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            measures.FailedLate(exception);
        }
    }

    private async ValueTask DisposeAsync()
    {
        try
        {
            if (_isMoving)
            {
                // What it moved to has no reader any more.
                _moving.GetResult();
            }
        }
        catch (OperationCanceledException) when (stream.Ended.IsCancellationRequested)
        {
            // As it should: it was cancelled.
            return;
        }
        finally
        {
            await _events!.DisposeAsync().ConfigureAwait(false);
        }
    }
}
