using System.Diagnostics;

namespace Unarr.Agents.Hub.Nats;

/// <summary>One call that waits for its agent's document to be written.</summary>
/// <param name="apply">Changes a draft; called once for each try, and returns what the caller gets when that try is stored.</param>
/// <param name="isDoubtful">Says of a result that it may come from a document that is behind.</param>
/// <param name="looksBack">Whether what it adds may have been added, and have ended, before.</param>
internal sealed class DocumentWrite(Func<DocumentDraft, object?> apply, Func<object?, bool> isDoubtful, bool looksBack)
{
    private readonly TaskCompletionSource<object?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When it was made, by <see cref="Stopwatch"/>.</summary>
    public long Since { get; } = Stopwatch.GetTimestamp();

    public Task<object?> Outcome => _outcome.Task;

    public bool LooksBack => looksBack;

    public bool IsDoubtful(object? outcome) => isDoubtful(outcome);

    public object? Apply(DocumentDraft draft) => apply(draft);

    public void Complete(object? outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception exception) => _outcome.TrySetException(exception);
}
