using System.Net;
using System.Threading.RateLimiting;

namespace Unarr.ControlPlane.Operator;

/// <summary>Makes guessing an operator's key slow: each failure is answered later than the one before, and only a few at a time.</summary>
/// <remarks>
/// All of it is by the client's address: whoever fails holds up nobody elsewhere. Whoever gets no place is not told whether the key was
/// right, so that many guesses at once are no faster either.
/// </remarks>
internal sealed class SignInBrake(TimeProvider time) : IDisposable
{
    /// <summary>How many sign-ins from one address may be looked at or kept waiting at once.</summary>
    public const int MaxAtOnce = 16;

    /// <summary>The longest that a failure is kept waiting.</summary>
    public static readonly TimeSpan LongestDelay = FailureCounts.LongestDelay;

    private readonly FailureCounts _failures = new(time, allowance: 0);

    private readonly PartitionedRateLimiter<IPAddress?> _places = PartitionedRateLimiter.Create<IPAddress?, int>(
        static address => RateLimitPartition.GetConcurrencyLimiter(
            ClientAddress.BucketOf(address), static _ => new ConcurrencyLimiterOptions { PermitLimit = MaxAtOnce }));

    /// <summary>Takes a place, which the caller disposes; <see cref="RateLimitLease.IsAcquired"/> says whether there was one.</summary>
    public RateLimitLease Enter(IPAddress? address) => _places.AttemptAcquire(address);

    /// <summary>Notes a failure.</summary>
    /// <returns>How long to keep it waiting, and how many there have been without a pause between them.</returns>
    public (TimeSpan Delay, int Failures) Fail(IPAddress? address) => _failures.Fail(address);

    public void Dispose() => _places.Dispose();
}
