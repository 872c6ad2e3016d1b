namespace Unarr.Agent.Probing;

/// <summary>Finds out what the path to a stream does: by a known rhythm where the server offers one, by the stream itself otherwise.</summary>
internal sealed class Probe(ProbeOptions options, TimeProvider timeProvider)
{
    private const string Agent = "/api/internal/agent/";
    private const int PreludeBytes = 2048;

    public async Task<ProbeReport> RunAsync(CancellationToken cancellationToken)
    {
        if (Rhythm() is { } rhythm)
        {
            var prelude = new Uri(rhythm, $"?prelude={PreludeBytes}");
            Task<ProbeObservation> withPrelude = ObserveAsync(prelude, isRhythm: true, cancellationToken);
            ProbeObservation plain = await ObserveAsync(rhythm, isRhythm: true, cancellationToken).ConfigureAwait(false);
            ProbeObservation padded = await withPrelude.ConfigureAwait(false);
            if (plain.IsEventStream || plain.Headers is null || options.Url.AbsolutePath == rhythm.AbsolutePath)
            {
                return new ProbeReport(ProbeJudge.Judge(plain), plain, padded);
            }
        }

        Uri url = options.Url.AbsolutePath == "/" ? new Uri(options.Url, Agent + "events") : options.Url;
        ProbeObservation seen = await ObserveAsync(url, isRhythm: false, cancellationToken).ConfigureAwait(false);
        if (!seen.IsEventStream && url != options.Url)
        {
            // No control plane, then: perhaps the stream is at the very address.
            ProbeObservation asGiven = await ObserveAsync(options.Url, isRhythm: false, cancellationToken).ConfigureAwait(false);
            seen = asGiven.IsEventStream ? asGiven : seen;
        }

        return new ProbeReport(ProbeJudge.Judge(seen), seen);
    }

    /// <summary>Where a control plane would have it: beside its stream, or below its address.</summary>
    private Uri? Rhythm() => options.Url.AbsolutePath switch
    {
        "/" => new Uri(options.Url, Agent + "probe"),
        var path when path.EndsWith(Agent + "events", StringComparison.Ordinal) || path.EndsWith(Agent + "probe", StringComparison.Ordinal) =>
            new Uri(options.Url, "probe"),
        _ => null,
    };

    private Task<ProbeObservation> ObserveAsync(Uri url, bool isRhythm, CancellationToken cancellationToken) =>
        new ProbeExchange(options, url, isRhythm, timeProvider).RunAsync(cancellationToken);
}
