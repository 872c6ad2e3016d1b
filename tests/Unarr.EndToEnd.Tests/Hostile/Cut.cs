namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>How a relay ends a connection in the middle.</summary>
public enum Cut
{
    /// <summary>Properly: both sides see all that was sent, and the end.</summary>
    Close,

    /// <summary>With a reset.</summary>
    Reset,
}
