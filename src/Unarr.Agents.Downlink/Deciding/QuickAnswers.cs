namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Tells a cache, which answers every poll at once, from a control plane with much to say.</summary>
/// <remarks>
/// "One answered at once, again and again, is a cache's and asked with growing delays, unless its wakes are real: a new control came by
/// any route between the poll's start and the end of the next sync."
/// </remarks>
internal sealed class QuickAnswers
{
    /// <summary>An answer within this time is a quick one.</summary>
    public static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private const int InARow = 3;

    private int _count;

    // Of the quick answers in a row that were wakes: when the first was asked for, and when the last came that no sync has judged yet.
    private TimeSpan? _wakesAskedFrom;
    private TimeSpan? _unjudged;

    /// <summary>Whether the answers are taken for a cache's.</summary>
    public bool AreTooMany => _count > InARow && _unjudged is null;

    /// <summary>How many more there were than may be in a row; zero or less when there were fewer.</summary>
    public int TooMany => _count - InARow;

    /// <summary>An answer came.</summary>
    /// <param name="asked">When it was asked for.</param>
    /// <param name="at">When it came.</param>
    /// <param name="wake">Whether it was a wake.</param>
    /// <param name="controlsCame">When a new control last came, by any route; <see langword="null"/> while none has.</param>
    public void Add(TimeSpan asked, TimeSpan at, bool wake, TimeSpan? controlsCame)
    {
        if (at - asked >= Quick)
        {
            Forgive();
            return;
        }

        _count++;
        if (wake)
        {
            _wakesAskedFrom ??= asked;
            _unjudged = at;
        }

        ForgiveIfReal(controlsCame);
    }

    /// <summary>A poll is asked: wakes that no sync has judged by then were not real, if they are too many.</summary>
    public void Asked() => _unjudged = _count > InARow ? null : _unjudged;

    /// <summary>A sync has ended: wakes since which a control came were real, those before it since which none did were not.</summary>
    /// <returns>Whether they were real.</returns>
    public bool Judge(TimeSpan begun, TimeSpan? controlsCame)
    {
        bool areReal = ForgiveIfReal(controlsCame);
        if (!areReal && begun >= _unjudged)
        {
            _unjudged = null;
        }

        return areReal;
    }

    /// <summary>The next quick answer is the first in a row.</summary>
    public void Forgive()
    {
        _count = 0;
        _wakesAskedFrom = null;
        _unjudged = null;
    }

    private bool ForgiveIfReal(TimeSpan? controlsCame)
    {
        bool areReal = _wakesAskedFrom is { } from && controlsCame >= from;
        if (areReal)
        {
            Forgive();
        }

        return areReal;
    }
}
