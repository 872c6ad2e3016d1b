using Unarr.Agent.Connecting;
using Unarr.Agent.Probing;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Reading;

/// <summary>What <c>read</c> reads, and how.</summary>
internal sealed record ReadOptions
{
    public required Uri Url { get; init; }

    public required ProbeRequest Request { get; init; }

    public required SseClientOptions Client { get; init; }

    /// <summary>The last event id of an earlier run; "" for none.</summary>
    public required string LastEventId { get; init; }

    /// <summary>Whether each event is a JSON line.</summary>
    public required bool Json { get; init; }

    public CertificateAuthorities? Authorities { get; init; }
}
