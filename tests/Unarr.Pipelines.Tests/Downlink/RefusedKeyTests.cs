using System.IO.Pipelines;
using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Testing;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>No acceptance of another key is missed between a refusal and the wait that follows from it.</summary>
public sealed class RefusedKeyTests
{
    [Fact]
    public async Task Key_that_the_stream_is_accepted_with_while_a_syncs_refusal_is_being_read_makes_the_sync_wait_for_nothing()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        ScriptedRequest events = await harness.Server.EventsAsync();
        PipeWriter body = await RefuseSlowlyAsync(await harness.Server.SyncAsync());
        harness.Key = "another-key";
        events.Answer(HttpStatusCode.Unauthorized);
        PipeWriter stream = (await harness.Server.EventsAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, ": connected\n");
        await harness.Handler.StatusAsync(DownlinkState.Live);
        await body.CompleteAsync();

        Assert.NotNull((await harness.Handler.SyncedAsync()).Error);
        ScriptedRequest again = await harness.Server.SyncAsync();
        Assert.Equal("another-key", again.Message.Headers.Authorization!.Parameter);
        again.Json("{}");
        await harness.Handler.SyncedAsync();
    }

    [Fact]
    public async Task Key_that_a_sync_is_accepted_with_while_the_streams_refusal_is_being_read_opens_the_stream_at_once()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.Start();
        PipeWriter body = await RefuseSlowlyAsync(await harness.Server.EventsAsync());
        ScriptedRequest sync = await harness.Server.SyncAsync();
        harness.Key = "another-key";
        sync.Answer(HttpStatusCode.Unauthorized);
        await harness.AnswerSyncAsync(SyncReason.Start);
        await body.CompleteAsync();

        await harness.Handler.StatusAsync(DownlinkState.Unauthorized);
        ScriptedRequest again = await harness.Server.EventsAsync();
        Assert.Equal("another-key", again.Message.Headers.Authorization!.Parameter);
        again.Stream();
    }

    [Fact]
    public async Task Key_file_that_is_missing_is_named()
    {
        ApiKeyFile file = new("/nowhere/agent-key", Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        IOException failure = await Assert.ThrowsAnyAsync<IOException>(() => file.ReadAsync(CancellationToken.None).AsTask());
        Assert.StartsWith(
            "the API key file '/nowhere/agent-key' cannot be used: ", FailureText.OfKey(failure), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_provider_that_throws_is_named_in_the_log_and_nothing_is_called_a_cut_stream()
    {
        await using DownlinkHarness harness = DownlinkHarness.Hedging();
        harness.KeyAsync = () => throw new FileNotFoundException("no file /run/secrets/key");
        harness.Start();
        await harness.Handler.SyncedAsync();
        DownlinkStatus status = await harness.Handler.StatusAsync(DownlinkState.Waiting);

        Assert.Contains("the API key cannot be read: no file /run/secrets/key", status.Reason, StringComparison.Ordinal);
        Assert.Contains(harness.Logger.Lines, line => line.Contains("the API key cannot be read: no file", StringComparison.Ordinal));
        Assert.DoesNotContain(harness.Logger.Lines, line => line.Contains("was cut", StringComparison.Ordinal));
        Assert.Empty(harness.Server.Requests);
        harness.AnswersLastSync = false;
    }

    /// <summary>Refuses the key, and returns when the body that says why is being read; it ends when the test ends it.</summary>
    private static async Task<PipeWriter> RefuseSlowlyAsync(ScriptedRequest request)
    {
        var body = new Pipe();
        var stream = new ObservedStream(body.Reader.AsStream());
        request.Answer(new TrackedResponse(HttpStatusCode.Unauthorized, stream, "text/plain"));
        await Signal.Of(stream.ReadingAsync, "the reading of the refusal");
        return body.Writer;
    }

    private sealed class ObservedStream(Stream inner) : ReadStream
    {
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task ReadingAsync => _reading.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _reading.TrySetResult();
            return inner.ReadAsync(buffer, cancellationToken);
        }
    }
}
