namespace Unarr.Agent.Probing;

/// <summary>What is probed, and for how long.</summary>
internal sealed record ProbeOptions
{
    public required Uri Url { get; init; }

    /// <summary>The key, where one is sent.</summary>
    public string? Key { get; init; }

    /// <summary>How long the connection and the headers may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stream is looked at.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How long the stream with the known rhythm, which takes 3 seconds, may take.</summary>
    public TimeSpan RhythmWindow { get; init; } = TimeSpan.FromSeconds(8);
}
