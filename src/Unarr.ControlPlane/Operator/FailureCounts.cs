using System.Net;

namespace Unarr.ControlPlane.Operator;

/// <summary>How often clients have shown a wrong key lately, by their addresses, and how long the next answer has to wait.</summary>
/// <param name="time">The clock.</param>
/// <param name="allowance">How many failures without a pause are answered at once.</param>
internal sealed class FailureCounts(TimeProvider time, int allowance)
{
    /// <summary>The longest that a failure is kept waiting.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Entry[] _entries = new Entry[ClientAddress.Buckets];

    /// <summary>Notes a failure.</summary>
    /// <returns>How long to keep it waiting, and how many there have been without a pause between them.</returns>
    public (TimeSpan Delay, int Failures) Fail(IPAddress? address)
    {
        lock (_gate)
        {
            ref Entry entry = ref _entries[ClientAddress.BucketOf(address)];
            bool isFirst = entry.Failures == 0 || time.GetElapsedTime(entry.Last) >= ForgottenAfter;
            entry.Failures = isFirst ? 1 : Math.Min(entry.Failures + 1, int.MaxValue - 1);
            entry.Last = time.GetTimestamp();
            int counted = entry.Failures - allowance;
            TimeSpan delay = counted <= 0 ? TimeSpan.Zero : counted > 5 ? LongestDelay : FirstDelay * (1 << (counted - 1));
            return (delay, entry.Failures);
        }
    }

    private struct Entry
    {
        public int Failures;
        public long Last;
    }
}
