namespace Unarr.Pipelines.Sse;

/// <summary>How a client behaves.</summary>
/// <remarks>The constructors of <see cref="SseClient"/> check and copy these options: a later change has no effect.</remarks>
public sealed class SseClientOptions
{
    private TimeSpan? _responseTimeout;

    /// <summary>Which requests are sent again after a stream has ended or broken off. Default: those with an idempotent method.</summary>
    public SseReplay Replay { get; set; }

    /// <summary>
    /// The data of the event that ends the stream, such as <c>[DONE]</c>. That event is not returned; white space after the data is
    /// ignored, and its blank line may be missing. A stream that ends without it has broken off. Default: none.
    /// </summary>
    public string? EndMarker { get; set; }

    /// <summary>
    /// The type of the event that ends the stream, such as <c>message_stop</c>. That event is returned as the last one. A stream that ends
    /// without it has broken off. Default: none.
    /// </summary>
    public string? EndEventType { get; set; }

    /// <summary>
    /// Whether the server's proper end of the stream ends the client too. Set it for a finite stream; otherwise a GET is sent again.
    /// Default: no.
    /// </summary>
    public bool CloseAtEnd { get; set; }

    /// <summary>
    /// Whether a JSON body in place of a stream is one event with the body as its data, after which the client has ended (MCP). Otherwise
    /// it is a failure. An event with empty data, with which servers of MCP begin a stream, is then skipped where the data is read as JSON.
    /// Default: no.
    /// </summary>
    public bool AcceptJson { get; set; }

    /// <summary>
    /// Whether statuses, delays and silence are treated as the HTML standard says: only a broken connection and the end of a stream are
    /// followed by another attempt, after the reconnection time without growth, and no silence is too long. Default: no.
    /// </summary>
    public bool Strict { get; set; }

    /// <summary>
    /// How long an answer's headers may take, connecting included. Default: 100 seconds, and without end for a request that may not be
    /// sent again. A value that is set applies to every request; <see cref="Timeout.InfiniteTimeSpan"/> is without end.
    /// </summary>
    public TimeSpan ResponseTimeout
    {
        get => _responseTimeout ?? TimeSpan.FromSeconds(100);
        set => _responseTimeout = value;
    }

    /// <summary>
    /// After which silence a stream is given up, counted while bytes are waited for. Default (<see langword="null"/>): 2.5 times the
    /// interval of the server's heartbeat comments, at least 30 seconds; 5 minutes before three comments have shown it; without end for a
    /// request that may not be sent again, and with <see cref="Strict"/>. <see cref="Timeout.InfiniteTimeSpan"/> is without end.
    /// </summary>
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>The first delay before another attempt, while the server has sent no reconnection time. It doubles while attempts bring no
    /// event. Default: 1 second.</summary>
    public TimeSpan ReconnectDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay, unless the server asks for a longer one. Default: 30 seconds.</summary>
    public TimeSpan MaxReconnectDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many attempts may fail in a row, without an event; then the client fails. Default (<see langword="null"/>): any number once an
    /// attempt has opened; until then 5, and 2 when the host's name or its certificate is the reason.
    /// </summary>
    public int? MaxAttempts { get; set; }

    /// <summary>How many event ids are remembered: an event whose own id is among them is not returned again. From 0 to 1,000,000.
    /// Default: 0.</summary>
    public int RememberedIds { get; set; }

    /// <summary>How many redirects of one attempt are followed, within the origin. Default: 5.</summary>
    public int MaxRedirects { get; set; } = 5;

    /// <summary>How long a line may be; see <see cref="SseReaderOptions.MaxLineBytes"/>. Default: 262,144.</summary>
    public int MaxLineBytes { get; set; } = 256 * 1024;

    /// <summary>How long an event's data may be; see <see cref="SseReaderOptions.MaxEventBytes"/>. Also the bound of a JSON body.
    /// Default: 1,048,576.</summary>
    public int MaxEventBytes { get; set; } = 1024 * 1024;

    /// <summary>The time for the headers where it was set; it then applies to every request.</summary>
    internal TimeSpan? ChosenResponseTimeout => _responseTimeout;
}
