namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What kept an exchange with the control plane from succeeding.</summary>
internal enum ControlPlaneError
{
    /// <summary>The connection was refused, the host is unreachable or the connection was cut.</summary>
    Connection,

    /// <summary>The host's name could not be resolved.</summary>
    NameResolution,

    /// <summary>No secure connection could be made: the certificate or the handshake was refused.</summary>
    Tls,

    /// <summary>No answer came in time.</summary>
    Timeout,

    /// <summary>The connection ended in the middle of an answer, what came was no HTTP,
    /// or its headers passed their bound (64 KiB).</summary>
    UnexpectedEnd,

    /// <summary>The answer was an HTTP error; <see cref="ControlPlaneException.StatusCode"/> tells which.</summary>
    HttpStatus,

    /// <summary>The answer was 200 and no event stream: a captive portal's page, or a proxy's.</summary>
    NotAnEventStream,

    /// <summary>The answer was not the JSON that the protocol knows, or larger than its bound.</summary>
    InvalidPayload,

    /// <summary>Every mirror failed; <see cref="ControlPlaneException.Attempts"/> tells how.</summary>
    AllMirrors,

    /// <summary>The application gave no API key, or none that a header can carry; no mirror was asked.</summary>
    ApiKey,

    /// <summary>The proxy on the way refused, wants authentication, or could not be reached.</summary>
    Proxy,
}
