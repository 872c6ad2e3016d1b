using System.Net;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>One exchange's way over the mirrors, each at most once, and what it makes of their cursor.</summary>
/// <param name="cursor">Where it begins, and what it moves.</param>
/// <param name="proven">A mirror that serves something else right now: asked before those that have yet to answer.</param>
internal sealed class MirrorWalk(MirrorCursor cursor, Func<Uri?>? proven = null)
{
    private readonly Uri _begun = cursor.Current;
    private readonly List<Uri> _left = [.. cursor.InOrder()];
    private ControlPlaneException? _refusal;

    /// <summary>The failures so far, in order.</summary>
    public List<ControlPlaneException> Failures { get; } = [];

    /// <summary>Whether another mirror would be asked after the one at hand.</summary>
    public bool HasMore => _left.Count > 0;

    /// <summary>"On a transient failure the pool rotates and the next mirror is tried, each at most once per attempt."</summary>
    /// <param name="exchange">The exchange with one mirror.</param>
    /// <param name="overall">The time that all of it has.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<T> RunAsync<T>(
        Func<Uri, CancellationToken, Task<T>> exchange, Deadline? overall = null, CancellationToken cancellationToken = default)
    {
        do
        {
            Uri mirror = Next();
            try
            {
                T answer = await exchange(mirror, cancellationToken).ConfigureAwait(false);
                Answered(mirror);
                return answer;
            }
            catch (ControlPlaneException failure)
            {
                // What fails as the caller ends it says nothing about the mirror.
                cancellationToken.ThrowIfCancellationRequested();
                Failures.Add(failure);
                failure.Mirror = mirror;
                if (IsDecided(failure))
                {
                    failure.Attempts = Failures;
                    throw;
                }
            }
        }
        while (_left.Count > 0 && overall is not { HasPassed: true });
        throw Failures.Count == 1 ? Failures[0] : new ControlPlaneException(Failures, _refusal);
    }

    private Uri Next()
    {
        // "A sync may go where the stream is": to a mirror that answers, before one that has failed or not answered yet.
        Uri? served = Failures.Count > 0 || cursor.IsUntried ? proven?.Invoke() : null;
        int index = Math.Max(_left.FindIndex(mirror => mirror == served), 0);
        Uri next = _left[index];
        _left.RemoveAt(index);
        return next;
    }

    private void Answered(Uri mirror)
    {
        // What an exchange shows that began before somebody moved is old, unless it has itself had to look for this mirror.
        if (Failures.Count > 0 || cursor.Current == _begun)
        {
            cursor.Answered(mirror);
        }
    }

    /// <summary>Whether a failure ends the way: "a mirror's decided answer outranks another's failure".</summary>
    private bool IsDecided(ControlPlaneException failure)
    {
        if (failure.Error == ControlPlaneError.ApiKey)
        {
            return true;
        }

        if (failure.WasHeld)
        {
            // It works; another mirror could only take its place.
            Answered(failure.Mirror!);
            return true;
        }

        if (failure.IsTransient)
        {
            cursor.Rotate(failure.Mirror!);
            cursor.LeaveAlone(failure.Mirror!, failure.RetryAfter);
        }
        else if (failure.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            // "Still refused: each other mirror is asked once per refusal period": whoever is refused waits for that long.
            _refusal ??= failure;
        }
        else if (_refusal is null)
        {
            Answered(failure.Mirror!);
            return true;
        }

        return false;
    }
}
