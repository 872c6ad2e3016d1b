using Unarr.Agent.Connecting;



namespace Unarr.Agent.Probing;

/// <summary>What is probed, and for how long.</summary>
internal sealed record ProbeOptions
{
    /// <summary>What a busy machine and a usual network take without anybody holding anything back.</summary>
    public static readonly TimeSpan DefaultTolerance = TimeSpan.FromMilliseconds(250);

    public required Uri Url { get; init; }

    /// <summary>What is sent beyond the URL.</summary>
    public ProbeRequest Request { get; init; } = new();

    /// <summary>Certificate authorities beside the system's.</summary>
    public CertificateAuthorities? Authorities { get; init; }

    /// <summary>Yields a variable of the environment; the proxy's are read.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>How long the connection and the headers may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stream is looked at.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Whether the window was chosen: then the first heartbeat is not waited for beyond it.</summary>
    public bool IsWindowFixed { get; init; }

    /// <summary>What may come late without being held back.</summary>
    public TimeSpan Tolerance { get; init; } = DefaultTolerance;

    /// <summary>How long all of it may take: "a minute at most", with what the command itself needs.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(55);

    /// <summary>How long the stream with the known rhythm, which takes 3 seconds, may take.</summary>
    public TimeSpan RhythmWindow => TimeSpan.FromSeconds(8) + Tolerance;
}
