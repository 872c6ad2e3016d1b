using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Probing;

/// <summary>What was seen of one response; times count from the begin of the request.</summary>
internal sealed record ProbeObservation
{
    /// <summary>How many events the known rhythm has: at 0, 5, 25, 125 and 625 milliseconds and at 3 seconds.</summary>
    public const int RhythmSteps = 6;

    private static readonly TimeSpan LastStepDue = TimeSpan.FromSeconds(3);

    /// <summary>When the rhythm's last event was written, as far as that is known: as it says itself, or when it is due.</summary>
    public static TimeSpan LastStep(ProbeObservation seen) => seen.Steps.Count == RhythmSteps ? seen.Steps[^1].Sent : LastStepDue;

    public required Uri Url { get; init; }

    /// <summary>Whether the stream is the one with the known rhythm.</summary>
    public bool IsRhythm { get; init; }

    /// <summary>What went wrong, where something did: no connection, or a stream that was cut.</summary>
    public string? Failure { get; init; }

    /// <summary>When the connection was there.</summary>
    public TimeSpan? Connected { get; init; }

    /// <summary>When a request could be sent on it: behind TLS and a proxy's tunnel, where there are such.</summary>
    public TimeSpan? Established { get; init; }

    /// <summary>When the response's headers were there.</summary>
    public TimeSpan? Headers { get; init; }

    public int Status { get; init; }

    public string HttpVersion { get; init; } = "";

    public string? ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    public string? Via { get; init; }

    public string? AccelBuffering { get; init; }

    public string? Server { get; init; }

    public string? Location { get; init; }

    public IReadOnlyList<ProbeArrival> Arrivals { get; init; } = [];

    public IReadOnlyList<ProbeStep> Steps { get; init; } = [];

    /// <summary>The heartbeat interval that a comment told.</summary>
    public TimeSpan? ToldHeartbeat { get; init; }

    /// <summary>Whether the response came to its end.</summary>
    public bool Ended { get; init; }

    /// <summary>Whether the server answered something else, where it did not answer this.</summary>
    public bool AnswersElsewhere { get; init; }

    /// <summary>What may come late without being held back.</summary>
    public TimeSpan Tolerance { get; init; } = ProbeOptions.DefaultTolerance;

    /// <summary>How long it was looked at.</summary>
    public TimeSpan Lasted { get; init; }

    /// <summary>Whether <c>run</c> would refuse the stream for its coding.</summary>
    public bool IsCompressed => ContentEncoding is { } fields && ContentCoding.Of([fields]) is not null;

    /// <summary>Whether <c>run</c> would take the answer for an event stream.</summary>
    public bool IsEventStream => Status == 200 && ContentType is { } fields && EventStreamType.IsNamedBy([fields]);
}
