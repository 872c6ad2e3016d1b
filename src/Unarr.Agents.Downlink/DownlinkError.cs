namespace Unarr.Agents.Downlink;

/// <summary>What kept an exchange with the control plane from succeeding.</summary>
public enum DownlinkError
{
    /// <summary>Something other than the exchange: the application's handler threw, or the downlink has ended.</summary>
    Unknown = 0,

    /// <summary>The connection was refused, the host is unreachable or the connection was cut.</summary>
    Connection = 1,

    /// <summary>The host's name could not be resolved.</summary>
    NameResolution = 2,

    /// <summary>No secure connection could be made: the certificate or the handshake was refused.</summary>
    Tls = 3,

    /// <summary>No answer came in time.</summary>
    Timeout = 4,

    /// <summary>The connection ended in the middle of an answer, the answer was not HTTP,
    /// or its headers passed their bound (64 KiB).</summary>
    UnexpectedEnd = 5,

    /// <summary>The answer was an HTTP error; <see cref="DownlinkException.StatusCode"/> is its status.</summary>
    Status = 6,

    /// <summary>The answer was 200 and not an event stream: a captive portal's page, or a proxy's.</summary>
    MediaType = 7,

    /// <summary>The answer was not the JSON that the protocol knows, or larger than its bound (1 MiB).</summary>
    InvalidPayload = 8,

    /// <summary>Every server failed; <see cref="DownlinkException.Attempts"/> holds the failures.</summary>
    AllServers = 9,

    /// <summary>The application provided no API key, or none that a header can carry; no server was asked.</summary>
    ApiKey = 10,

    /// <summary>The proxy on the way refused, wants authentication, or could not be reached.</summary>
    Proxy = 11,
}
