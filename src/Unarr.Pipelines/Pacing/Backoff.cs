namespace Unarr.Pipelines.Pacing;

/// <summary>How long to wait: pure arithmetic over a random number that the caller draws.</summary>
internal static class Backoff
{
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(5);

    /// <summary>Doubling from <paramref name="first"/> to <paramref name="cap"/>, uniform between half and all of it.</summary>
    /// <param name="first">The first delay.</param>
    /// <param name="cap">The longest delay.</param>
    /// <param name="attempt">How many delays there were before.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    public static TimeSpan Delay(TimeSpan first, TimeSpan cap, int attempt, double random)
    {
        TimeSpan delay = Doubled(first, cap, attempt);
        return (delay / 2) + (delay / 2 * random);
    }

    /// <summary><paramref name="first"/> doubled as often as told, at most <paramref name="cap"/>; never below the first.</summary>
    public static TimeSpan Doubled(TimeSpan first, TimeSpan cap, int times)
    {
        double factor = Math.Pow(2, Math.Min(times, 40));
        return first >= cap ? first : first.Ticks * factor >= cap.Ticks ? cap : first * factor;
    }

    /// <summary>The time, up to 10 % shorter or longer.</summary>
    public static TimeSpan Jittered(TimeSpan time, double random) => time * (0.9 + (0.2 * random));

    /// <summary>A time that the server asked for: never shorter, up to 10 % longer,
    /// but no longer than the 5 minutes that it may ask for.</summary>
    public static TimeSpan Asked(TimeSpan time, double random)
    {
        TimeSpan jittered = time * (1 + (0.1 * random));
        return jittered < MostAsked ? jittered : time < MostAsked ? MostAsked : time;
    }
}
