namespace Unarr.Pipelines.Sse;

/// <summary>How an attempt ended.</summary>
internal enum AttemptEnd
{
    /// <summary>Nothing has ended yet.</summary>
    None = 0,

    /// <summary>The server ended the stream properly.</summary>
    Proper = 1,

    /// <summary>The stream's end marker came.</summary>
    Marker = 2,

    /// <summary>The answer was a JSON body, which has been taken.</summary>
    Json = 3,

    /// <summary>Status 204.</summary>
    NoContent = 4,

    /// <summary>The caller dropped the connection.</summary>
    Dropped = 5,

    /// <summary>The stream broke off.</summary>
    Cut = 6,

    /// <summary>The stream ended properly, without its end marker.</summary>
    MarkerMissing = 7,

    /// <summary>The stream was silent for too long.</summary>
    Silent = 8,

    /// <summary>The connection was never made.</summary>
    NotConnected = 9,

    /// <summary>The host's name is not known, or its certificate is not trusted.</summary>
    NotTrusted = 10,

    /// <summary>The connection broke before the answer.</summary>
    Broken = 11,

    /// <summary>The answer's headers did not come in time.</summary>
    NoAnswer = 12,

    /// <summary>Status 408, 500, 502 or 504.</summary>
    Unavailable = 13,

    /// <summary>Status 425, 429 or 503: the request was not processed.</summary>
    Busy = 14,

    /// <summary>Status 401 or 403.</summary>
    Refused = 15,

    /// <summary>Every other status.</summary>
    Status = 16,

    /// <summary>Status 200 with another body than an event stream.</summary>
    MediaType = 17,

    /// <summary>A redirect that is not followed.</summary>
    Redirected = 18,

    /// <summary>A line or an event passed its bound.</summary>
    BoundPassed = 19,

    /// <summary>Something other than the network failed: a handler, or the function that makes requests.</summary>
    Fault = 20,
}
