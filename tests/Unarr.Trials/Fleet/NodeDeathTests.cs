using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.Agents.Hub.Nats;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Nats;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>A node whose connection to NATS ends for good between any two messages of a push and of what acknowledges it.</summary>
[Collection(nameof(FleetTroubleTests))]
public sealed class NodeDeathTests(NatsServerFixture fixture, ITestOutputHelper output) : IClassFixture<NatsServerFixture>
{
    private const string Two = """[{"action":"pause"},{"action":"resume"}]""";

    private static readonly ParallelOptions Some = new() { MaxDegreeOfParallelism = 6 };

    [SkippableFact]
    public async Task Push_is_whole_or_not_there_after_each_message_and_is_repeated_with_its_outcome()
    {
        int all = await PushAsync(int.MaxValue);
        Assert.InRange(all, 4, 40);
        output.WriteLine($"{all} messages");
        await Parallel.ForAsync(0, all + 1, Some, async (after, _) => await PushAsync(after));
    }

    [SkippableFact]
    public async Task Settle_is_whole_or_not_there_after_each_message_and_is_repeated_elsewhere()
    {
        int all = await SettleAsync(int.MaxValue);
        Assert.InRange(all, 8, 60);
        output.WriteLine($"{all} messages");
        await Parallel.ForAsync(0, all + 1, Some, async (after, _) => await SettleAsync(after));
    }

    /// <summary>A server applies a write that its leader has not applied yet; a watch there shows it, and the leader does not.</summary>
    [SkippableFact]
    public async Task Acknowledgement_is_stored_where_every_read_shows_an_older_document()
    {
        string prefix = $"t{Guid.NewGuid():N}";
        await using ScriptedRelay relay = new(fixture.Server.Port, prefix);
        OlderReads older = new(prefix);
        relay.Script = older.Pass;
        await using RunningControlPlane one = await FleetNode.StartAsync(relay.Url, prefix, "one");
        await using RunningControlPlane two = await FleetNode.StartAsync(fixture.Server.Url, prefix, "two");
        Assert.Equal(200, (await one.SyncAsync("a1", ""","appliedControls":["none"]""", after: "")).Status);
        Assert.True(older.IsRecorded);
        string[] ids = await two.PushAsync("a1", Two);

        Answer answer = await one.SyncAsync("a1", Applied(ids), after: ids[^1]);

        Assert.Equal(200, answer.Status);
        Assert.True(!IsAcknowledged(answer) || (await ReadAsync(two)).Pending.Length == 0, "Acknowledged, and still pending.");
    }

    private async Task<int> PushAsync(int after)
    {
        string prefix = $"t{Guid.NewGuid():N}";
        await using ScriptedRelay relay = new(fixture.Server.Port, prefix);
        await using RunningControlPlane one = await FleetNode.StartAsync(relay.Url, prefix, "one");
        await using RunningControlPlane two = await FleetNode.StartAsync(fixture.Server.Url, prefix, "two");
        relay.DieAfter(after);
        (int status, string[] ids) = await PushWithKeyAsync(one);
        int count = relay.Count;
        string why = $"dead after {after} messages, answered {status}";

        (string[] pending, _) = await ReadAsync(two);
        Assert.True(status is 202 or 503, why);
        Assert.True(pending.Length == 0 || pending.SequenceEqual(ids), why);
        Assert.True(status == 503 || pending.Length == 2, why);
        (int repeated, string[] again) = await PushWithKeyAsync(two);
        Assert.Equal(202, repeated);
        Assert.Equal(ids, again);
        Assert.Equal(ids, (await ReadAsync(two)).Pending);

        Assert.Equal(ids, (await two.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal(200, (await two.SyncAsync("a1", Applied(ids), after: ids[^1])).Status);
        Assert.Equal(ids, (await PushWithKeyAsync(two)).Ids);
        (pending, string[] settled) = await ReadAsync(two);
        Assert.Empty(pending);
        Assert.Equal(ids, settled);
        return count;
    }

    private async Task<int> SettleAsync(int after)
    {
        string prefix = $"t{Guid.NewGuid():N}";
        await using ScriptedRelay relay = new(fixture.Server.Port, prefix);
        await using RunningControlPlane one = await FleetNode.StartAsync(relay.Url, prefix, "one");
        await using RunningControlPlane two = await FleetNode.StartAsync(fixture.Server.Url, prefix, "two");
        await using NatsConnection connection = new(new NatsOpts { Url = fixture.Server.Url });
        await using INatsSub<byte[]> writes = await connection.SubscribeCoreAsync<byte[]>($"$KV.{prefix}_pending.a1");
        await connection.PingAsync();
        string[] ids = await two.PushAsync("a1", Two);
        Assert.Equal(ids, (await two.SyncAsync("a1", after: "")).ControlIds);

        // Pushed, and marked as handed out.
        await writes.Msgs.ReadAsync(two.Deadline);
        await writes.Msgs.ReadAsync(two.Deadline);
        Assert.Equal(ids, (await ReadAsync(one)).Pending);
        relay.DieAfter(after);

        Answer answer = await one.SyncAsync("a1", Applied(ids), after: ids[^1]);

        string why = $"dead after {after} messages, answered {answer.Status}, {answer.Json}";
        Assert.True(answer.Status == 200, why);
        if (after == int.MaxValue)
        {
            await UntilEmptyAsync(writes, two);
        }

        int count = relay.Count;
        (string[] pending, _) = await ReadAsync(two);
        Assert.True(pending.Length == 0 || pending.SequenceEqual(ids), why);
        Assert.True(!IsAcknowledged(answer) || pending.Length == 0, why);
        Assert.True(IsAcknowledged(await two.SyncAsync("a1", Applied(ids), after: ids[^1])), why);
        (pending, string[] settled) = await ReadAsync(two);
        Assert.True(pending.Length == 0 && settled.SequenceEqual(ids), $"{why}: [{string.Join(' ', settled)}]");
        if (after < int.MaxValue)
        {
            await UntilEmptyAsync(writes, two);
        }

        // Whoever published them, each is there once.
        INatsJSStream ended = await new NatsJSContext(connection).GetStreamAsync($"{prefix}_ended");
        Assert.Equal(2, ended.Info.State.Messages);
        Assert.Equal(ids, (await ReadAsync(two)).Settled);
        return count;
    }

    private static async Task UntilEmptyAsync(INatsSub<byte[]> writes, RunningControlPlane node)
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(node.Deadline);
            await foreach (NatsMsg<byte[]> write in writes.Msgs.ReadAllAsync(done.Token))
            {
                if (write.Headers?.ContainsKey("KV-Operation") == true)
                {
                    await done.CancelAsync();
                }
            }
        });
        Assert.False(node.Deadline.IsCancellationRequested, "The document was not dropped.");
    }

    /// <returns>What a node shows of the agent, with the document as it is now.</returns>
    private static async Task<(string[] Pending, string[] Settled)> ReadAsync(RunningControlPlane node)
    {
        await node.Host.Services.GetRequiredService<NatsNode>().TryReadAsync("a1", node.Deadline);
        JsonElement detail = (await node.OperatorAsync(HttpMethod.Get, "/a1")).Json;
        return (IdsOf(detail, "pending"), IdsOf(detail, "settled"));
    }

    private static string[] IdsOf(JsonElement detail, string member) =>
        [.. detail.GetProperty(member).EnumerateArray().Select(control => control.GetProperty("id").GetString()!)];

    private static string Applied(string[] ids) => $$""","appliedControls":[{{string.Join(',', ids.Select(id => $"\"{id}\""))}}]""";

    private static bool IsAcknowledged(Answer answer) => answer.Status == 200
        && (!answer.Json.TryGetProperty("acknowledged", out JsonElement acknowledged) || acknowledged.GetBoolean());

    private static async Task<(int Status, string[] Ids)> PushWithKeyAsync(RunningControlPlane node)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(node.Host.BaseAddress, "/api/operator/agents/a1/controls"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {RunningControlPlane.OperatorKey}");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "k-1");
        request.Content = new StringContent(Two, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request, node.Deadline);
        JsonElement body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(node.Deadline)).RootElement;
        return ((int)response.StatusCode, [.. body.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)]);
    }
}
