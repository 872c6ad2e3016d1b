namespace Unarr.ControlPlane.Operator;

/// <summary>When this control plane was started: the page tells by it why a session has ended.</summary>
internal sealed class ServerStart(TimeProvider time)
{
    public DateTimeOffset At { get; } = time.GetUtcNow();
}
