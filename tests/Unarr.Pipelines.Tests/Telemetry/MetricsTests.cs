using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Downlink;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Telemetry;

public sealed class MetricsTests : IDisposable
{
    private readonly RecordedMetrics _recorded = new();
    private readonly DownlinkInstruments _metrics;

    public MetricsTests() => _metrics = _recorded.Metrics();

    public void Dispose()
    {
        _recorded.Dispose();
        Assert.Empty(_recorded.Undocumented);
    }

    [Fact]
    public async Task Frames_bytes_and_events_are_counted_by_type_once_a_read()
    {
        const string First = ": connected hb=15000\n";
        const string Second = ": hb\nevent: sync\ndata: {}\n\ndata: x\n\nevent: whatever-a-peer-names-it\ndata: y\n\n: hb\n";
        await using DownlinkHarness harness = Harness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Second + DownlinkHarness.Command("t1"));
        await harness.Handler.ControlAsync();
        await harness.AnswerSyncAsync(SyncReason.Event);
        await stream.CompleteAsync();
        await harness.Handler.StatusAsync(DownlinkState.Waiting);

        Assert.Equal([1, 6], _recorded.Values("unarr.downlink.frames"));
        Assert.Equal(Encoding.UTF8.GetByteCount(First + Second + DownlinkHarness.Command("t1")), _recorded.Sum("unarr.downlink.io"));
        Assert.Equal([1], _recorded.Values("unarr.downlink.events", "unarr.event.type=sync"));
        Assert.Equal([1], _recorded.Values("unarr.downlink.events", "unarr.event.type=message"));
        Assert.Equal([1], _recorded.Values("unarr.downlink.events", "unarr.event.type=other"));
        Assert.Equal([1], _recorded.Values("unarr.downlink.events", "unarr.event.type=command"));
        Assert.DoesNotContain(_recorded.Lines, line => line.Contains("whatever", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Frames_before_a_passed_bound_are_counted_and_the_reconnect_names_it()
    {
        await using DownlinkHarness harness = Harness();
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, $": hb\n: {new string('x', 300_000)}\n");
        await harness.Time.PassAsync(TimeSpan.FromSeconds(2));
        await harness.Server.EventsAsync();

        Assert.Equal(2, _recorded.Sum("unarr.downlink.frames"));
        Assert.Equal([1], _recorded.Values("unarr.downlink.reconnects", "unarr.reason=bound_passed"));
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("silent")]
    [InlineData("cut")]
    [InlineData("not_opened")]
    [InlineData("not_offered")]
    [InlineData("unauthorized", 30)]
    [InlineData("gone", 900)]
    public async Task Reconnect_is_counted_with_the_reason_why_the_stream_before_it_ended(string reason, int delay = 2)
    {
        await using DownlinkHarness harness = Harness();
        HttpStatusCode? refusal = reason switch
        {
            "not_opened" => HttpStatusCode.InternalServerError,
            "not_offered" => HttpStatusCode.NotFound,
            "unauthorized" => HttpStatusCode.Unauthorized,
            "gone" => HttpStatusCode.Gone,
            _ => null,
        };
        if (refusal is { } status)
        {
            (await harness.StartAsync()).Answer(status);
        }
        else
        {
            PipeWriter stream = await harness.StartLiveAsync();
            await (reason == "silent"
                ? harness.Time.PassAsync(TimeSpan.FromSeconds(40))
                : stream.CompleteAsync(reason == "cut" ? new IOException("connection reset") : null).AsTask());
        }

        await harness.Time.PassAsync(TimeSpan.FromSeconds(delay));
        await harness.Server.EventsAsync();

        Assert.Equal([$"unarr.downlink.reconnects{{unarr.reason={reason}}} 1"],
            _recorded.Lines.Where(line => line.Contains("reconnects", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Polls_and_syncs_are_measured_by_round_trip_and_outcome()
    {
        await using DownlinkHarness harness = Harness(DownlinkMode.LongPoll);
        harness.Start();
        await harness.AnswerSyncAsync(SyncReason.Start);
        ScriptedRequest poll = await harness.Server.WakeAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(28));
        poll.Json("""{"wake":false}""");
        poll = await harness.Server.WakeAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(3));
        poll.Json("""{"wake":true}""");
        ScriptedRequest sync = await harness.Server.SyncAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        sync.Answer(HttpStatusCode.InternalServerError);
        Assert.False((await harness.Handler.SyncedAsync()).Succeeded);
        (await harness.Server.WakeAsync()).Answer(HttpStatusCode.InternalServerError);
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(2));

        Assert.Equal([28], _recorded.Values("unarr.downlink.poll.duration", "unarr.outcome=idle"));
        Assert.Equal([3], _recorded.Values("unarr.downlink.poll.duration", "unarr.outcome=wake"));
        Assert.Single(_recorded.Values("unarr.downlink.poll.duration", "unarr.outcome=failed"));
        Assert.Equal([0], _recorded.Values("unarr.downlink.sync.duration", "unarr.sync.reason=start,unarr.outcome=ok"));
        Assert.Equal([1], _recorded.Values("unarr.downlink.sync.duration", "unarr.sync.reason=wake,unarr.outcome=failed"));
    }

    [Fact]
    public async Task Controls_are_counted_as_applied_failed_and_duplicate_and_their_handler_is_timed()
    {
        const string Command = """
            event: command
            data: {"controls":[{"action":"pause","taskId":"t","id":"a"},{"action":"pause","taskId":"t","id":"a"},
            data: {"action":"fail","taskId":"t"},{"action":"pause","taskId":"last"}]}


            """;
        await using DownlinkHarness harness = Harness();
        harness.Handler.OnControl = (control, _) =>
        {
            harness.Time.Advance(TimeSpan.FromSeconds(0.25));
            return control.Action == "fail" ? throw new ControlRejectedException("no") : ValueTask.CompletedTask;
        };
        PipeWriter stream = await harness.StartLiveAsync();
        await DownlinkHarness.SendAsync(stream, Command + "event: command\ndata: not json\n\n");
        await EndedAsync(harness);

        Assert.Equal(2, _recorded.Sum("unarr.downlink.controls", "unarr.outcome=applied,unarr.source=sse"));
        Assert.Equal(1, _recorded.Sum("unarr.downlink.controls", "unarr.outcome=failed,unarr.source=sse"));
        Assert.Equal(1, _recorded.Sum("unarr.downlink.controls", "unarr.outcome=duplicate,unarr.source=sse"));
        Assert.Equal([0.25, 0.25], _recorded.Values("unarr.downlink.handler.duration", "unarr.outcome=applied"));
        Assert.Equal([0.25], _recorded.Values("unarr.downlink.handler.duration", "unarr.outcome=failed"));
        Assert.Equal(1, _recorded.Sum("unarr.downlink.payloads.dropped"));

        static async Task EndedAsync(DownlinkHarness harness)
        {
            for (int control = 0; control < 3; control++)
            {
                await harness.Handler.ControlAsync();
            }

            Task running = await harness.CancelAsync();
            await harness.AnswerLastSyncAsync();
            await harness.EndedAsync(running);
        }
    }

    [Fact]
    public async Task Delivery_lag_is_measured_where_the_push_is_stamped_and_never_negative()
    {
        await using DownlinkHarness harness = Harness();
        PipeWriter stream = await harness.StartLiveAsync();
        long now = harness.Time.GetUtcNow().ToUnixTimeMilliseconds();
        await DownlinkHarness.SendAsync(stream, $$"""
            event: command
            data: {"controls":[{"action":"pause","at":{{now - 1500}}},{"action":"pause","at":{{now + 900}}},
            data: {"action":"pause","at":"noon"},{"action":"pause"}]}


            """.ReplaceLineEndings("\n"));
        for (int control = 0; control < 4; control++)
        {
            await harness.Handler.ControlAsync();
        }

        Assert.Equal([1.5, 0], _recorded.Values("unarr.downlink.delivery.lag", "unarr.source=sse"));
    }

    [Fact]
    public async Task Route_and_blind_time_are_shown_of_running_downlinks_and_blind_time_stays_counted()
    {
        await using (DownlinkHarness harness = Harness())
        {
            ScriptedRequest events = await harness.StartAsync();
            harness.Time.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal((0, 1, 3), Shown());

            PipeWriter stream = events.Stream();
            await DownlinkHarness.SendAsync(stream, ": connected\n");
            await harness.Handler.StatusAsync(DownlinkState.Live);
            harness.Time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal((1, 0, 3), Shown());

            await stream.CompleteAsync();
            await harness.Handler.StatusAsync(DownlinkState.Waiting);
            harness.Time.Advance(TimeSpan.FromSeconds(1.5));
            Assert.Equal((0, 1, 4.5), Shown());
        }

        Assert.Equal((0, 0, 4.5), Shown());
    }

    [Fact]
    public void Instruments_have_units_and_descriptions()
    {
        Assert.Equal(12, _recorded.Instruments.Count);
        Assert.All(_recorded.Instruments,
            instrument => Assert.False(string.IsNullOrEmpty(instrument.Unit) || string.IsNullOrEmpty(instrument.Description)));
    }

    [Fact]
    public void Instruments_are_those_of_the_documents_table_with_their_kinds_and_units() => Assert.Equal(
        DocumentedMetric.All.Values.Where(metric => metric.Name.StartsWith("unarr.downlink.", StringComparison.Ordinal))
            .Select(metric => (metric.Name, metric.Kind, metric.Unit)).Order(),
        _recorded.Instruments.Select(instrument => (instrument.Name, Kind(instrument), instrument.Unit!)).Order());

    [Fact]
    public void Reasons_of_reconnects_are_those_of_the_documents_table() => Assert.Equal(
        Enum.GetValues<StreamEnd>().Select(DownlinkTelemetry.Name).Append("silent").Order(),
        DocumentedMetric.All["unarr.downlink.reconnects"].Tags["unarr.reason"].Order());

    [Fact]
    public void Reasons_of_syncs_are_those_of_the_documents_table() => Assert.Equal(
        Enum.GetValues<SyncReason>().Except([SyncReason.Unknown]).Select(DownlinkWords.Of).Order(),
        DocumentedMetric.All["unarr.downlink.sync.duration"].Tags["unarr.sync.reason"].Order());

    private static string Kind(Instrument instrument) => instrument switch
    {
        ObservableGauge<int> => "gauge",
        Histogram<double> => "histogram",
        Counter<long> or ObservableCounter<double> => "counter",
        _ => instrument.GetType().Name,
    };

    private DownlinkHarness Harness(DownlinkMode mode = DownlinkMode.Auto) =>
        new(options => options with { Mode = mode, Metrics = _metrics, Random = () => 0.5 });

    private (double Sse, double None, double Blind) Shown() => (
        _recorded.Observe("unarr.downlink.route", "unarr.route=sse"),
        _recorded.Observe("unarr.downlink.route", "unarr.route=none"),
        _recorded.Observe("unarr.downlink.blind.time"));
}
