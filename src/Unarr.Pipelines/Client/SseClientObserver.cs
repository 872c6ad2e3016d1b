namespace Unarr.Pipelines.Sse;

/// <summary>Is told what a client does, one call at a time for one client; for logs, metrics and activities. It must not throw.</summary>
internal abstract class SseClientObserver
{
    /// <summary>An attempt begins.</summary>
    public virtual void AttemptBegan(int number, HttpMethod method, Uri? uri)
    {
    }

    /// <summary>An event stream has opened.</summary>
    public virtual void Opened(int number)
    {
    }

    /// <summary>Bytes were read; <paramref name="waited"/> is how long they were waited for.</summary>
    public virtual void BytesRead(int bytes, TimeSpan waited)
    {
    }

    /// <summary>So many events were taken since the call before.</summary>
    public virtual void EventsTaken(long events)
    {
    }

    /// <summary>An attempt has ended.</summary>
    /// <param name="number">Which one.</param>
    /// <param name="end">How.</param>
    /// <param name="failure">What went wrong, if something did.</param>
    /// <param name="events">How many events were taken from it.</param>
    public virtual void AttemptEnded(int number, AttemptEnd end, SseException? failure, long events)
    {
    }

    /// <summary>Another attempt follows after a delay.</summary>
    public virtual void Waits(int number, AttemptEnd end, SseException? failure, TimeSpan delay)
    {
    }

    /// <summary>The request was refused, and is made once more at once.</summary>
    public virtual void Renews(int number, SseException? failure)
    {
    }

    /// <summary>The client has ended; with neither a reason nor a failure, because the caller's own code threw an exception.</summary>
    public virtual void Closed(SseEndReason reason, SseException? failure)
    {
    }

    /// <summary>The last event id is not sent, because it is too long or the handler cannot carry it. Called once.</summary>
    public virtual void IdNotSent(string reason)
    {
    }
}
