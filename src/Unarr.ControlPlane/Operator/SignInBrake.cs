namespace Unarr.ControlPlane.Operator;

/// <summary>Makes guessing the operator's key slow: each failure is answered later than the one before, and only a few at a time.</summary>
/// <remarks>Whoever gets no place is not told whether the key was right, so that many guesses at once are no faster either.</remarks>
internal sealed class SignInBrake(TimeProvider time)
{
    /// <summary>How many sign-ins may be looked at or kept waiting at once.</summary>
    public const int MaxAtOnce = 16;

    /// <summary>The longest that a failure is kept waiting.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private int _places = MaxAtOnce;
    private int _failures;
    private long _lastFailure;

    /// <summary>Takes a place; <see cref="Leave"/> gives it back.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_places == 0)
            {
                return false;
            }

            _places--;
            return true;
        }
    }

    /// <summary>Notes a failure.</summary>
    /// <returns>How long to keep it waiting, and how many there have been without a pause between them.</returns>
    public (TimeSpan Delay, int Failures) Fail()
    {
        lock (_gate)
        {
            bool isFirst = _failures == 0 || time.GetElapsedTime(_lastFailure) >= ForgottenAfter;
            _failures = isFirst ? 1 : Math.Min(_failures + 1, int.MaxValue - 1);
            _lastFailure = time.GetTimestamp();
            TimeSpan delay = _failures > 5 ? LongestDelay : FirstDelay * (1 << (_failures - 1));
            return (delay < LongestDelay ? delay : LongestDelay, _failures);
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _places++;
        }
    }
}
