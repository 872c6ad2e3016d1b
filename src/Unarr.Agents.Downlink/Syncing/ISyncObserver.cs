namespace Unarr.Agents.Downlink.Syncing;

/// <summary>What the sync loop reports to the rest of the downlink. Called by the loop itself: never blocks.</summary>
internal interface ISyncObserver
{
    /// <summary>A sync succeeded; the controls that it brought are in the queue, unless the application refused its answer.</summary>
    /// <param name="again">Whether the one before had failed.</param>
    /// <param name="begun">The time provider's timestamp at its start.</param>
    void Synced(bool again, long begun);

    /// <summary>A sync was answered that this agent is gone; syncs are parked until they are resumed.</summary>
    /// <param name="reason">The answer, for people.</param>
    /// <param name="begun">The time provider's timestamp at the sync's start.</param>
    void Gone(string reason, long begun);

    /// <summary>Syncs wait.</summary>
    /// <param name="time">For how long; zero when the wait is over.</param>
    void Waits(TimeSpan time);
}
