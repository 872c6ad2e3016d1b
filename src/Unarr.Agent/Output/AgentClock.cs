namespace Unarr.Agent.Output;

/// <summary>The time since the agent's start.</summary>
internal sealed class AgentClock(TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();

    public TimeSpan Now => timeProvider.GetElapsedTime(_start);
}
