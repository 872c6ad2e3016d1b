namespace Unarr.Agent.Probing;

/// <summary>Finds out what the path to a stream does: by a known rhythm where the server offers one,
/// by the stream itself otherwise.</summary>
internal sealed class Probe(ProbeOptions options, TimeProvider timeProvider)
{
    private const string Agent = "/api/internal/agent/";
    private const int PreludeBytes = 2048;
    private static readonly TimeSpan ShortAnswer = TimeSpan.FromSeconds(5);

    private readonly long _start = timeProvider.GetTimestamp();
    private readonly string _path = options.Url.AbsolutePath;

    private bool IsRhythmItself => _path.EndsWith(Agent + "probe", StringComparison.Ordinal);

    private bool IsAgentStream => _path.EndsWith(Agent + "events", StringComparison.Ordinal);

    public async Task<ProbeReport> RunAsync(CancellationToken cancellationToken)
    {
        if (options.Request.IsOfOneEndpoint)
        {
            ProbeObservation only = await ObserveAsync(options.Url, isRhythm: false, cancellationToken).ConfigureAwait(false);
            return await ReportAsync(only, null, cancellationToken).ConfigureAwait(false);
        }

        ProbeObservation? given = null;
        if (_path != "/" && !IsRhythmItself && !IsAgentStream)
        {
            // Any stream's own address, or else one below which a control plane is.
            given = await ObserveAsync(options.Url, isRhythm: false, cancellationToken).ConfigureAwait(false);
            if (given.IsEventStream || given.Headers is null || options.Url.Query.Length > 0)
            {
                return await ReportAsync(given, null, cancellationToken).ConfigureAwait(false);
            }
        }

        Uri agent = AgentAddress();
        var rhythm = new Uri(agent, "probe");
        Task<ProbeObservation> withPrelude = ObserveAsync(new Uri(rhythm, $"?prelude={PreludeBytes}"), isRhythm: true, cancellationToken);
        ProbeObservation plain = await ObserveAsync(rhythm, isRhythm: true, cancellationToken).ConfigureAwait(false);
        ProbeObservation padded = await withPrelude.ConfigureAwait(false);
        if (IsRhythm(plain) || plain.Headers is null || (IsRhythmItself && !plain.IsEventStream))
        {
            return await ReportAsync(plain, padded, cancellationToken).ConfigureAwait(false);
        }

        ProbeObservation seen = await ObserveAsync(
            IsRhythmItself ? options.Url : new Uri(agent, "events"), isRhythm: false, cancellationToken).ConfigureAwait(false);
        if (!seen.IsEventStream && !IsAgentStream)
        {
            // No control plane, then: perhaps the stream is at the very address.
            given ??= await ObserveAsync(options.Url, isRhythm: false, cancellationToken).ConfigureAwait(false);
            seen = given.IsEventStream || (_path != "/" && seen.Status is not (401 or 403)) ? given : seen;
        }

        return await ReportAsync(seen, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A server that has some stream at every address sends other frames than the rhythm's.</summary>
    private static bool IsRhythm(ProbeObservation seen) =>
        seen.IsEventStream && (seen.Steps.Count > 0 || seen.IsCompressed || seen.Arrivals.All(arrival => arrival.Frames == 0));

    /// <summary>Where a control plane would have its agents' addresses: beside its stream, or below its own address.</summary>
    private Uri AgentAddress() => IsRhythmItself || IsAgentStream
        ? new Uri(options.Url, ".")
        : new Uri($"{options.Url.GetLeftPart(UriPartial.Path).TrimEnd('/')}{Agent}");

    private async Task<ProbeReport> ReportAsync(ProbeObservation seen, ProbeObservation? padded, CancellationToken cancellationToken)
    {
        if (seen is { Established: not null, Headers: null, Failure: null })
        {
            // Is it the whole response that is held back, or does the server answer nothing at all?
            ProbeOptions brief = options with
            {
                Request = new ProbeRequest(),
                ConnectTimeout = ShortAnswer,
                Window = TimeSpan.FromMilliseconds(1),
            };
            ProbeObservation other = await new ProbeExchange(brief, new Uri(options.Url, "/"), false, Left(), timeProvider)
                .RunAsync(cancellationToken).ConfigureAwait(false);
            seen = seen with { AnswersElsewhere = other.Headers is not null };
        }

        return new ProbeReport(ProbeJudge.Judge(seen), seen, padded);
    }

    private TimeSpan Left()
    {
        TimeSpan left = options.Deadline - timeProvider.GetElapsedTime(_start);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private Task<ProbeObservation> ObserveAsync(Uri url, bool isRhythm, CancellationToken cancellationToken) =>
        new ProbeExchange(options, url, isRhythm, Left(), timeProvider).RunAsync(cancellationToken);
}
