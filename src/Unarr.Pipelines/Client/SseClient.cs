using System.Net.Http.Headers;

namespace Unarr.Pipelines.Sse;

/// <summary>Keeps one event stream open: it connects, notices silence, connects again where that is right, and ends with a reason where it
/// is not.</summary>
/// <remarks>
/// <para>
/// A proper end is <see langword="false"/> of <see cref="WaitToReadAsync"/>, and <see cref="EndReason"/> says which one. Every failure is
/// an <see cref="SseException"/>, then and at each later call. <see cref="Close"/>, <see cref="Reconnect"/> and the properties may be used
/// from any thread; everything else is for one caller at a time. Nothing happens before the first wait, and a stream is read only while
/// it is waited for.
/// </para>
/// <para>
/// A GET is sent again when its stream has ended, with the id of the last event that was taken. A POST is not, unless
/// <see cref="SseClientOptions.Replay"/> says so. An event counts as taken when the next frame is asked for.
/// </para>
/// <example>
/// <code>
/// await using var prices = new SseClient(new Uri("https://prices.example.com/events"));
/// await foreach (var price in prices.ReadAllAsync(cancellationToken))
/// {
///     Console.WriteLine(price.Data);
/// }
/// </code>
/// </example>
/// </remarks>
public sealed partial class SseClient : SseSource
{
    private readonly Lock _gate = new();
    private readonly SseClientSettings _settings;
    private readonly SseClientMachine _machine;
    private readonly SseExchange _exchange;
    private readonly SseClientObserver? _observer;
    private readonly HttpMessageInvoker? _ownHttp;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly long _made;
    private readonly TakenId _takenId = new();

    /// <summary>Makes a client that reads an address with GET, over a handler of its own (<see cref="CreateHandler"/>).</summary>
    /// <param name="uri">The address: absolute, http or https.</param>
    /// <param name="options">How the client behaves. Default: as <see cref="SseClientOptions"/> says.</param>
    /// <param name="timeProvider">The clock. Default: the system's.</param>
    /// <exception cref="ArgumentException">The address is not an absolute one of http or https, or an option cannot be used.</exception>
    public SseClient(Uri uri, SseClientOptions? options = null, TimeProvider? timeProvider = null)
        : this(null, Getting(uri, allowRelative: false, System.Net.HttpVersion.Version20), options, timeProvider, null, null)
    {
    }

    /// <summary>Makes a client that reads an address with GET, over the caller's HTTP.</summary>
    /// <param name="http">
    /// Sends the requests; the caller disposes it. It should not follow redirects by itself, nor have a time limit for whole answers; see
    /// <see cref="CreateHandler"/>.
    /// </param>
    /// <param name="uri">The address: http or https; relative when <paramref name="http"/> is an <see cref="HttpClient"/> with a base
    /// address.</param>
    /// <param name="options">How the client behaves. Default: as <see cref="SseClientOptions"/> says.</param>
    /// <param name="timeProvider">The clock. Default: the system's.</param>
    /// <exception cref="ArgumentException">The address is not one of http or https, or an option cannot be used.</exception>
    public SseClient(HttpMessageInvoker http, Uri uri, SseClientOptions? options = null, TimeProvider? timeProvider = null)
        : this(NotNull(http), Getting(uri, http is HttpClient { BaseAddress: not null }, null), options, timeProvider, null, null)
    {
    }

    /// <summary>Makes a client that sends requests of the caller's.</summary>
    /// <param name="http">Sends the requests; the caller disposes it.</param>
    /// <param name="createRequest">
    /// Makes the request of each attempt, which the client disposes. <see langword="null"/> means that no further attempt is to be made:
    /// the client ends, or fails, as the attempt before ended. What it throws ends the client, and is thrown then and at each later call.
    /// </param>
    /// <param name="options">How the client behaves. Default: as <see cref="SseClientOptions"/> says.</param>
    /// <param name="timeProvider">The clock. Default: the system's.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public SseClient(
        HttpMessageInvoker http,
        Func<SseAttempt, HttpRequestMessage?> createRequest,
        SseClientOptions? options = null,
        TimeProvider? timeProvider = null)
        : this(NotNull(http), Async(createRequest), options, timeProvider, null, null)
    {
    }

    /// <summary>Makes a client that sends requests of the caller's, which take time to make.</summary>
    /// <param name="http">Sends the requests; the caller disposes it.</param>
    /// <param name="createRequest">As for the other constructor; its token is cancelled when the attempt is no longer wanted.</param>
    /// <param name="options">How the client behaves. Default: as <see cref="SseClientOptions"/> says.</param>
    /// <param name="timeProvider">The clock. Default: the system's.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public SseClient(
        HttpMessageInvoker http,
        Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>> createRequest,
        SseClientOptions? options = null,
        TimeProvider? timeProvider = null)
        : this(NotNull(http), NotNull(createRequest), options, timeProvider, null, null)
    {
    }

    /// <param name="http">Sends the requests; <see langword="null"/>: a handler of the client's own.</param>
    /// <param name="createRequest">Makes the requests.</param>
    /// <param name="options">The options.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="observer">Is told what the client does.</param>
    /// <param name="random">Draws numbers in [0, 1).</param>
    internal SseClient(
        HttpMessageInvoker? http,
        Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>> createRequest,
        SseClientOptions? options,
        TimeProvider? timeProvider,
        SseClientObserver? observer,
        Func<double>? random)
    {
        _settings = new SseClientSettings(options ?? new SseClientOptions());
        _machine = new SseClientMachine(_settings);
        _time = timeProvider ?? TimeProvider.System;
        _made = _time.GetTimestamp();
        _random = random ?? Random.Shared.NextDouble;
        _observer = observer;
        _remembered = _settings.RememberedIds > 0 ? new RememberedIds(_settings.RememberedIds) : null;
        _looksAtEvents = _settings.HasMarker || _remembered is not null;
        _timer = new ClientTimer(_time, TimeHasCome);
        _goOn = GoOn;
        _ownHttp = http is null ? new HttpMessageInvoker(CreateHandler()) : null;
        _exchange = new SseExchange(http ?? _ownHttp!, createRequest, _settings, _time)
        {
            Observer = observer,
            Waited = () => Now - _waitingSince,
        };
    }

    /// <summary>What the client is doing.</summary>
    public SseClientState State
    {
        get
        {
            lock (_gate)
            {
                return _machine.State;
            }
        }
    }

    /// <summary>Why the client has ended; <see cref="SseEndReason.None"/> before, and when it has failed.</summary>
    public SseEndReason EndReason => (SseEndReason)Volatile.Read(ref _endReason);

    /// <summary>The failure of the last attempt that failed, also after a later one has opened; <see langword="null"/> when none
    /// has.</summary>
    public SseException? LastFailure => Volatile.Read(ref _lastFailure);

    /// <summary>When the next attempt is due, while the client waits for that; otherwise <see langword="null"/>.</summary>
    public DateTimeOffset? NextAttemptAt
    {
        get
        {
            lock (_gate)
            {
                return _machine.State == SseClientState.Waiting ? _nextAttemptAt : null;
            }
        }
    }

    /// <summary>The headers of the answer that is open, or of the last one; <see langword="null"/> before the first answer.</summary>
    public HttpResponseHeaders? ResponseHeaders => Volatile.Read(ref _responseHeaders);

    /// <inheritdoc/>
    /// <remarks>It stays over all connections. That of the event returned last counts when the next frame is asked for.</remarks>
    public override string LastEventId => _takenId.Text;

    /// <inheritdoc/>
    public override TimeSpan? ReconnectionInterval => Interlocked.Read(ref _toldTicks) is >= 0 and long ticks ? new TimeSpan(ticks) : null;

    /// <summary>A server of MCP begins a stream with an event that has an id and empty data.</summary>
    private protected override bool MayHaveEmptyData => _settings.AcceptJson;

    /// <summary>The bytes of all buffers held now.</summary>
    internal long HeldBytes => _connection?.Reader.HeldBytes ?? 0;

    private TimeSpan Now => _time.GetElapsedTime(_made);

    /// <summary>Makes a handler as the client needs it.</summary>
    /// <remarks>It follows no redirect by itself, writes <c>Last-Event-ID</c> in UTF-8, notices dead HTTP/2 connections by pings,
    /// has 10 seconds for a connection, and tries a host's addresses overlapping. It decompresses nothing: the client itself asks for
    /// gzip, deflate or Brotli, unless the request has an <c>Accept-Encoding</c> of its own, and reads each of them over any
    /// handler.</remarks>
    /// <returns>A new handler; whoever made it disposes it.</returns>
    /// <exception cref="Net.ProxyVariableException">A proxy variable of the environment holds what cannot be used.</exception>
    public static SocketsHttpHandler CreateHandler() => SseClientHandler.Create();

    /// <summary>Sets the last event id, as an earlier process has left it: the next attempt sends it.</summary>
    /// <param name="lastEventId">The id; "" for none.</param>
    /// <exception cref="ArgumentException">The id holds a line end or U+0000.</exception>
    public void ResumeFrom(string lastEventId)
    {
        ArgumentNullException.ThrowIfNull(lastEventId);
        if (lastEventId.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new ArgumentException("An event id cannot hold a line end or U+0000.", nameof(lastEventId));
        }

        _takenId.Set(lastEventId);
    }

    private static T NotNull<T>(T value, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    private static Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>> Async(
        Func<SseAttempt, HttpRequestMessage?> createRequest)
    {
        ArgumentNullException.ThrowIfNull(createRequest);
        return (attempt, _) => new ValueTask<HttpRequestMessage?>(createRequest(attempt));
    }

    private static Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>> Getting(
        Uri uri, bool allowRelative, Version? version)
    {
        ArgumentNullException.ThrowIfNull(uri);
        bool isGood = uri.IsAbsoluteUri ? uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps : allowRelative;
        if (!isGood)
        {
            throw new ArgumentException("The address of an event stream must be an absolute one of http or https.", nameof(uri));
        }

        return (_, _) =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Version = version ?? request.Version;
            return new ValueTask<HttpRequestMessage?>(request);
        };
    }
}
