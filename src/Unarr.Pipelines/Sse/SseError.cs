namespace Unarr.Pipelines.Sse;

/// <summary>Why an event stream was refused.</summary>
public enum SseError
{
    /// <summary>A line passed <see cref="SseLimits.MaxLineBytes"/>.</summary>
    LineTooLong,

    /// <summary>The joined data of an event passed <see cref="SseLimits.MaxEventBytes"/>.</summary>
    EventTooLarge,
}
