namespace Unarr.Agents.Hub.Desk;

/// <summary>Lets those who name the same key go one after the other; nothing is kept of a key that nobody names.</summary>
internal sealed class KeyTurns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    public async Task<T> RunAsync<T>(string key, Func<Task<T>> work)
    {
        TaskCompletionSource own = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate)
        {
            before = _last.GetValueOrDefault(key, Task.CompletedTask);
            _last[key] = own.Task;
        }

        await before.ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (_last[key] == own.Task)
                {
                    _last.Remove(key);
                }
            }

            own.SetResult();
        }
    }
}
