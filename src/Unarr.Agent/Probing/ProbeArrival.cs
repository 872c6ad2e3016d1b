namespace Unarr.Agent.Probing;

/// <summary>What one read brought.</summary>
/// <param name="At">When, since the request was begun.</param>
/// <param name="Bytes">How many bytes of the body.</param>
/// <param name="Comments">How many comments (heartbeats) were complete with it.</param>
/// <param name="Events">How many events were complete with it.</param>
internal readonly record struct ProbeArrival(TimeSpan At, int Bytes, int Comments, int Events)
{
    public int Frames => Comments + Events;
}
