extern alias UnarrAgent;

using FsCheck;
using FsCheck.Xunit;
using UnarrAgent::Unarr.Agent.Probing;

namespace Unarr.EndToEnd.Tests.Agent.Probing;

public class ProbeJudgeProperties
{
    private static readonly double[] Sent = [0, 5, 25, 125, 625, 3000];

    [Property]
    public bool What_comes_within_the_tolerance_streams(byte[] lags) =>
        ProbeVerdict.Streams == Judge(
            [.. Sent.Select((at, index) => at + (lags is null || lags.Length == 0 ? 0 : lags[index % lags.Length] % 250))]);

    [Property]
    public bool What_comes_together_after_the_last_was_sent_is_buffered_until_the_end(ushort late) =>
        Judge([.. Sent.Select(_ => 3000.0 + late)]) == ProbeVerdict.BufferedUntilTheEnd;

    [Property]
    public bool Nothing_streams_that_has_one_step_later_than_the_tolerance(byte which, ushort late) =>
        Judge([.. Sent.Select((at, index) => at + (index == which % Sent.Length ? 252.0 + late : 0))]) != ProbeVerdict.Streams;

    [Property]
    public bool Events_that_are_missing_never_stream(byte count) => Judge(Sent[..(count % Sent.Length)]) != ProbeVerdict.Streams;

    [Property]
    public bool Every_observation_has_a_verdict_a_cause_and_what_to_change(
        bool connected, bool headers, bool stream, bool rhythm, bool ended, bool told, NonNegativeInt[] milliseconds)
    {
        TimeSpan[] times = [.. (milliseconds ?? []).Select(at => TimeSpan.FromMilliseconds(at.Get % 60_000)).Order()];
        ProbeObservation seen = new()
        {
            Url = new Uri("http://127.0.0.1/"),
            Connected = connected || headers ? TimeSpan.Zero : null,
            Headers = headers ? TimeSpan.Zero : null,
            Status = stream ? 200 : 404,
            ContentType = "text/event-stream",
            IsRhythm = rhythm,
            Ended = ended,
            ToldHeartbeat = told ? TimeSpan.FromSeconds(15) : null,
            Arrivals = [.. times.Select(at => new ProbeArrival(at, 8, 1, 0))],
            Steps = rhythm ? [.. times.Take(ProbeObservation.RhythmSteps).Select(at => new ProbeStep(TimeSpan.Zero, at))] : [],
            Lasted = times.Length == 0 ? TimeSpan.FromSeconds(40) : times[^1],
        };
        ProbeFinding finding = ProbeJudge.Judge(seen);
        return Enum.IsDefined(finding.Verdict) && finding.Cause.EndsWith('.')
            && new ProbeReport(finding, seen).Changes.Count == 0 == (finding.Verdict == ProbeVerdict.Streams);
    }

    private static ProbeVerdict Judge(double[] arrived) => ProbeJudge.Judge(ProbeJudgeTests.Rhythm(arrived)).Verdict;
}
