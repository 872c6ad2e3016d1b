namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Whether a request whose connection ends without an answer is sent again: once, and when it ends soon enough.</summary>
/// <param name="within">How soon after it was sent; zero for never.</param>
internal sealed class Resend(TimeSpan within)
{
    private bool _isSpent;

    /// <summary>Whether it may be sent again now.</summary>
    public bool Take(TimeSpan elapsed)
    {
        bool may = !_isSpent && elapsed < within;
        _isSpent |= may;
        return may;
    }
}
