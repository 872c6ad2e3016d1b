namespace Unarr.Agents.Hub.Sqlite;

/// <summary>A call of the store that waits for its turn; whoever takes it first has it: the store, or its cancellation.</summary>
internal abstract class SqliteCall(bool writes)
{
    private int _isTaken;

    /// <summary>Whether it is made in a transaction with others.</summary>
    public bool Writes { get; } = writes;

    /// <returns>Whether the call is the taker's: nobody else has taken it before.</returns>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>Makes the call; may be repeated when the transaction it was made in came to nothing.</summary>
    public abstract void Make();

    /// <summary>Answers with what the call returned.</summary>
    public abstract void Answer();

    /// <summary>Answers with an error.</summary>
    public abstract void Fail(Exception exception);
}
