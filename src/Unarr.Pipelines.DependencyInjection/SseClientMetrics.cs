namespace Unarr.Pipelines.Hosting;

/// <summary>Under which names the clients' metrics and activities are found.</summary>
public static class SseClientMetrics
{
    /// <summary>The name of the meter: <c>unarr.sse.attempts</c>, <c>.reconnects</c>, <c>.io</c>, <c>.events</c> and
    /// <c>.idle.duration</c>, each with the tag <c>sse.client.name</c>.</summary>
    public const string MeterName = "Unarr.Pipelines.Sse";

    /// <summary>The name of the activity source: one activity for each connection, from its request to its end.</summary>
    public const string ActivitySourceName = "Unarr.Pipelines.Sse";
}
