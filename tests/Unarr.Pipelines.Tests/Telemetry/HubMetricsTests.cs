using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

public sealed class HubMetricsTests
{
    [Fact]
    public void Instruments_are_those_of_the_documents_table_with_their_kinds_units_and_tags()
    {
        using MeasuredMetrics measured = new();
        HubInstruments instruments = new(measured);
        instruments.StreamOpened();
        instruments.StreamEnded();
        instruments.PollHeld();
        instruments.PollEnded();
        instruments.Pushed(1);
        foreach (PushStatus status in Enum.GetValues<PushStatus>().Except([PushStatus.None, PushStatus.Queued]))
        {
            instruments.Refused(status);
        }

        foreach (ControlState state in Enum.GetValues<ControlState>()
            .Except([ControlState.None, ControlState.Pending, ControlState.Unreadable]))
        {
            instruments.Ended(new ControlRecord
            {
                AgentId = "a1",
                Control = new Control("pause").Stamped("c1", DateTimeOffset.UnixEpoch),
                State = state,
                ChangedAt = DateTimeOffset.UnixEpoch,
            });
        }

        instruments.EventSent(wasTaken: true);
        instruments.EventSent(wasTaken: false);
        instruments.StoreFailed();
        instruments.Synced(TimeSpan.Zero, status: 200);
        instruments.Synced(TimeSpan.Zero, status: 503);
        instruments.Handled(TimeSpan.Zero);

        measured.AssertAreExactly(DocumentedMetric.Read("observability.md")
            .Where(row => row.Name.StartsWith("unarr.hub.", StringComparison.Ordinal)));
        Assert.Equal(["Unarr.Pipelines"], measured.Meters);
    }
}
