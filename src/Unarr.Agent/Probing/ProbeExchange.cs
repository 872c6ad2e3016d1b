using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Pacing;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Probing;

/// <summary>One request on a connection of its own, and what was seen of its response.</summary>
/// <param name="options">What is probed.</param>
/// <param name="url">What is asked for.</param>
/// <param name="isRhythm">Whether that is the stream with the known rhythm.</param>
/// <param name="left">How long it may take at most.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class ProbeExchange(ProbeOptions options, Uri url, bool isRhythm, TimeSpan left, TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();
    private readonly List<ProbeArrival> _arrivals = [];
    private readonly List<ProbeStep> _steps = [];
    private TimeSpan? _connected;
    private TimeSpan? _established;
    private TimeSpan _windowEnd;
    private TimeSpan? _told;

    private TimeSpan At => timeProvider.GetElapsedTime(_start);

    public async Task<ProbeObservation> RunAsync(CancellationToken cancellationToken)
    {
        var seen = new ProbeObservation { Url = url, IsRhythm = isRhythm, Tolerance = options.Tolerance };
        using var end = new CancellationTokenSource(Earlier(options.ConnectTimeout, left), timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        var trace = ProxyTrace.Begin();
        try
        {
            using HttpClient http = Http();
            using HttpRequestMessage request = options.Request.Message(url);
            using HttpResponseMessage response =
                await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            seen = Headers(seen, response) with
            {
                Failure = response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired
                    ? ProxyFailure.WantsAuthentication(trace.Proxy)
                    : null,
            };
            if (seen.IsEventStream)
            {
                _windowEnd = Earlier(At + (isRhythm ? options.RhythmWindow : options.Window), left);
                EndAt(end, _windowEnd);
                Stream body = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
                await using (body.ConfigureAwait(false))
                {
                    seen = seen with { Ended = await ReadAsync(body, seen.IsCompressed, end, either.Token).ConfigureAwait(false) };
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is up: what has not come by now is what the verdict is about.
            seen = _established is null && trace.Proxy is not null
                ? seen with { Failure = ProxyFailure.Through("no answer in time", trace.Proxy) } : seen;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SseException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            seen = seen with
            {
                Failure = Describe(exception, trace.Proxy),
                Status = IsProxyThatWantsCredentials(exception) ? (int)HttpStatusCode.ProxyAuthenticationRequired : seen.Status,
            };
        }

        return seen with
        {
            Connected = _connected,
            Established = _established,
            Arrivals = _arrivals,
            Steps = _steps,
            ToldHeartbeat = _told,
            Lasted = At
        };
    }

    private string? Header(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values)
            ? options.Request.WithoutSecrets(OneLine.Of(values.ToString()))
            : null;

    private static ProbeArrival With(ProbeArrival arrival, SseFrame frame) => frame.Kind switch
    {
        SseFrameKind.Comment => arrival with { Comments = arrival.Comments + 1 },
        SseFrameKind.Event => arrival with { Events = arrival.Events + 1 },
        _ => arrival,
    };

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private HttpClient Http()
    {
        SocketsHttpHandler handler =
            new ControlPlaneHandler { ConnectTimeout = options.ConnectTimeout, Environment = options.Environment }.Create();
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect = handler.ConnectCallback!;
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            Stream connection = await connect(context, cancellationToken).ConfigureAwait(false);
            _connected = At;
            return connection;
        };
        handler.PlaintextStreamFilter = (context, _) =>
        {
            // A proxy that has not answered CONNECT yet is no path to the server.
            _established = context.InitialRequestMessage.Method == HttpMethod.Connect ? _established : At;
            return ValueTask.FromResult(context.PlaintextStream);
        };
        if (options.Authorities is { } authorities)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = authorities.Validate;
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private ProbeObservation Headers(ProbeObservation seen, HttpResponseMessage response) => seen with
    {
        Headers = At,
        Status = (int)response.StatusCode,
        HttpVersion = response.Version.ToString(),
        ContentType = Header(response.Content.Headers, "Content-Type"),
        ContentEncoding = Header(response.Content.Headers, "Content-Encoding"),
        Via = Header(response.Headers, "Via"),
        AccelBuffering = Header(response.Headers, "X-Accel-Buffering"),
        Server = Header(response.Headers, "Server"),
        Location = Header(response.Headers, "Location"),
    };

    /// <returns>Whether the response came to its end.</returns>
    private async Task<bool> ReadAsync(Stream body, bool compressed, CancellationTokenSource end, CancellationToken cancellationToken)
    {
        if (compressed)
        {
            byte[] buffer = new byte[16 * 1024];
            int bytes;
            while ((bytes = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                _arrivals.Add(new ProbeArrival(At, bytes, 0, 0));
            }

            return true;
        }

        var timed = new CountedStream(body, bytes => _arrivals.Add(new ProbeArrival(At, bytes, 0, 0)));
        var reader = new SseReader(timed);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                Take(reader);
                if (!isRhythm)
                {
                    EndAt(end, Until());
                }
            }
        }

        return true;
    }

    private void Take(SseReader reader)
    {
        while (reader.TryRead(out SseFrame frame))
        {
            _arrivals[^1] = With(_arrivals[^1], frame);
            if (frame.Kind == SseFrameKind.Comment && HeartbeatComment.TryParse(frame.Comment, out TimeSpan interval))
            {
                _told = interval;
            }
            else if (isRhythm && frame.IsEvent("step"u8) && Utf8Parser.TryParse(frame.Data, out double sent, out _)
                && sent is >= 0 and < 60_000 && _steps.Count < ProbeObservation.RhythmSteps)
            {
                _steps.Add(new ProbeStep(TimeSpan.FromMilliseconds(sent), _arrivals[^1].At));
            }
        }
    }

    /// <summary>A heartbeat that was told and does not come ends the wait; the first one is waited for beyond the window.</summary>
    private TimeSpan Until()
    {
        if (ProbeInference.Patience(_told, options.Tolerance) is not { } patience)
        {
            return _windowEnd;
        }

        TimeSpan due = At + patience + options.Tolerance;
        bool isFirst = _arrivals[^1].At - _arrivals[0].At <= ProbeBursts.Apart;
        return Earlier(due, isFirst && !options.IsWindowFixed ? left : _windowEnd);
    }

    private void EndAt(CancellationTokenSource end, TimeSpan at) => end.CancelAfter(at > At ? at - At : TimeSpan.Zero);

    private string Describe(Exception exception, Uri? proxy) => ProxyFailure.Describe(exception, proxy)
        ?? ProxyFailure.Through(options.Request.WithoutSecrets(OneLine.Of(exception.GetBaseException().Message)).TrimEnd('.'), proxy);

    /// <summary>A proxy that wants a user and a password refuses the tunnel.</summary>
    private static bool IsProxyThatWantsCredentials(Exception exception) =>
        exception is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ProxyTunnelError,
            StatusCode: HttpStatusCode.ProxyAuthenticationRequired
        };
}
