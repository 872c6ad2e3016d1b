using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Exchanging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

public sealed class DecisionLoopTests
{
    private static readonly TimeSpan Due = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Due_time_that_found_no_room_among_the_inputs_is_met_after_them()
    {
        using var harness = new ClientHarness();
        using var machine = new SlowMachine();
        var inputs = new DownlinkInputs();
        var cover = new CoverRecord(harness.Time);
        var telemetry = new DownlinkTelemetry(DownlinkInstruments.Default, cover, harness.Time);
        var status = new StatusRecord(harness.Time, cover);

        // The machine below has no effects, so nothing that carries one out is called.
        var loop = new DecisionLoop(
            machine, inputs, harness.Client, null!, null!, null!, takesEvents: false, null!, status, telemetry, harness.Time,
            NullLogger.Instance);
        using var end = new CancellationTokenSource();
        Task running = loop.RunAsync(end.Token);
        await harness.Time.ArmedAsync(Due);

        var input = new DownlinkInput(DownlinkInputKind.Synced);
        Assert.True(inputs.Writer.TryWrite(input));
        await Signal.Of(machine.Deciding, "the first input");
        int room = 0;
        while (inputs.Writer.TryWrite(input))
        {
            room++;
        }

        Assert.InRange(room, 1, 1000);
        harness.Time.Advance(Due);
        machine.GoOn();
        await Signal.Of(machine.Met, "the due time");
        await end.CancelAsync();
        await Signal.Of(running, "the loop's end");
    }

    /// <summary>Is due once, and takes as long for each other input as the test likes.</summary>
    private sealed class SlowMachine : DownlinkMachine, IDisposable
    {
        private readonly ManualResetEventSlim _goOn = new();
        private readonly TaskCompletionSource _deciding = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Deciding => _deciding.Task;

        public Task Met => _met.Task;

        public override TimeSpan Due => _met.Task.IsCompleted ? Never : DecisionLoopTests.Due;

        public override int Failures => 0;

        public void GoOn() => _goOn.Set();

        public void Dispose() => _goOn.Dispose();

        protected override void Decide(in DownlinkInput input)
        {
            if (input.Kind == DownlinkInputKind.Synced)
            {
                _deciding.TrySetResult();
                _goOn.Wait();
            }
            else if (input.Kind == DownlinkInputKind.Due)
            {
                _met.TrySetResult();
            }
        }
    }
}
