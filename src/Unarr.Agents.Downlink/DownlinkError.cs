namespace Unarr.Agents.Downlink;

/// <summary>The reasons for which an exchange with the control plane fails.</summary>
public enum DownlinkError
{
    /// <summary>The reason is not in the exchange: the application's handler threw, or the downlink has ended.</summary>
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

    /// <summary>The answer had status 200 and was not an event stream, such as the page of a captive portal or a proxy.</summary>
    MediaType = 7,

    /// <summary>The answer was not JSON of the protocol, or it was larger than its bound (1 MiB).</summary>
    InvalidPayload = 8,

    /// <summary>Every server failed; <see cref="DownlinkException.Attempts"/> holds the failures.</summary>
    AllServers = 9,

    /// <summary>The application provided no API key, or a key that a header cannot carry. No server was asked.</summary>
    ApiKey = 10,

    /// <summary>The proxy on the way refused, wants authentication, or could not be reached.</summary>
    Proxy = 11,
}
