namespace Unarr.Pipelines.Sse;

/// <summary>One attempt, and the way to end it from any thread.</summary>
internal sealed class AttemptScope : IDisposable
{
    private const int Over = -1;

    private readonly CancellationTokenSource _cancellation = new();
    private HttpResponseMessage? _response;
    private int _cause;

    public AttemptScope() => Token = _cancellation.Token;

    /// <summary>Is cancelled when the attempt is dropped.</summary>
    public CancellationToken Token { get; }

    /// <summary>Why it was dropped; <see cref="AttemptEnd.None"/> while it was not.</summary>
    public AttemptEnd Cause => (AttemptEnd)Volatile.Read(ref _cause);

    /// <summary>Its answer, which dropping it ends.</summary>
    public HttpResponseMessage? Response
    {
        set => Volatile.Write(ref _response, value);
    }

    /// <summary>Ends what is under way, elsewhere: what this cancels may be anybody's code. The first cause counts.</summary>
    public void Drop(AttemptEnd cause)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)AttemptEnd.None) == (int)AttemptEnd.None)
        {
            _ = DropAsync();
        }
    }

    /// <summary>The attempt is over: dropping it has no effect any more.</summary>
    public void Dispose()
    {
        if (Interlocked.CompareExchange(ref _cause, Over, (int)AttemptEnd.None) == (int)AttemptEnd.None)
        {
            _cancellation.Dispose();
        }
    }

    private async Task DropAsync()
    {
        await _cancellation.CancelAsync().ConfigureAwait(false);
        Volatile.Read(ref _response)?.Dispose();
        _cancellation.Dispose();
    }
}
