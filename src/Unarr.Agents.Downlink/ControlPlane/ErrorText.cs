namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What the body of an HTTP error is to its endpoint.</summary>
internal enum ErrorText
{
    /// <summary>"The body's first 1,024 bytes, trimmed."</summary>
    Plain,

    /// <summary>"An error may be {"error":"…"}; an HTML error page is reported by its status, not by its markup."</summary>
    Json,
}
