namespace Unarr.Pipelines.AspNetCore;

/// <summary>An open stream that gets heartbeats from a <see cref="HeartbeatWheel"/>.</summary>
internal interface IHeartbeatStream
{
    /// <summary>Its place on the wheel, which the wheel sets and guards.</summary>
    int Slot { get; set; }

    /// <summary>A heartbeat is due. Never blocks.</summary>
    /// <returns><see langword="false"/> when the reader has taken nothing for too long: the stream is then aborted.</returns>
    bool Beat();

    /// <summary>Cuts the stream.</summary>
    void Abort();
}
