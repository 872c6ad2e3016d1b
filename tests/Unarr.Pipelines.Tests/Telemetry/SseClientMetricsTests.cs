using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Pipelines.Hosting;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

public sealed class SseClientMetricsTests
{
    [Fact]
    public void Instruments_are_those_of_the_documents_table_with_their_kinds_units_and_tags()
    {
        using MeasuredMetrics measured = new();
        SseClientTelemetry telemetry = new("prices", new SseClientInstruments(measured), NullLogger.Instance);
        telemetry.AttemptBegan(1, HttpMethod.Get, null);
        telemetry.BytesRead(1, TimeSpan.Zero);
        telemetry.EventsTaken(1);
        foreach (AttemptEnd end in Enum.GetValues<AttemptEnd>()
            .Where(end => Verdicts.Of(end, strict: false, closeAtEnd: false) is not (Verdict.End or Verdict.Fail)))
        {
            telemetry.AttemptEnded(1, end, null, 0);
            telemetry.AttemptBegan(2, HttpMethod.Get, null);
        }

        measured.AssertAreExactly(DocumentedMetric.Read("observability.md")
            .Where(row => row.Name.StartsWith("unarr.sse.", StringComparison.Ordinal)));
        Assert.Equal([SseClientMetrics.MeterName], measured.Meters);
    }
}
