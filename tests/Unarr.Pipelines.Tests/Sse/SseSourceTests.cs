using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public partial class SseSourceTests
{
    private const string Stream =
        ": hb\n\nid: 1\nevent: e\ndata: a\ndata: b\n\nretry: 7\n\n" +
        "data: c\n\ndata: d\n\nid: 2\n\n: hb\n\ndata: f\n\nid\ndata: g\n\ndata: cut";

    private static readonly string[] Expected = ["e a\nb 1", "message c 1", "message d 1", "message f 2", "message g "];

    [Fact]
    public async Task Leaving_the_enumeration_after_each_event_loses_nothing_wherever_the_bytes_were_cut()
    {
        byte[] bytes = Encoding.ASCII.GetBytes(Stream);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            foreach (int wait in (int[])[0, 1])
            {
                ReadOnlyMemory<byte>[] parts = [bytes.AsMemory(0, cut), bytes.AsMemory(cut)];
                await using SseSource overStream = new SseReader(new WaitingStream(parts, wait));
                Assert.Equal(Expected, await OneByOneAsync(overStream));
                await using SseSource overPipe = new SseReader(PipeReader.Create(new WaitingStream(parts, wait)));
                Assert.Equal(Expected, await OneByOneAsync(overPipe));
            }
        }
    }

    [Fact]
    public async Task Id_and_reconnection_time_are_those_of_what_was_taken_and_outlive_the_end()
    {
        SseSource source = new SseReader(
            new MemoryStream(Encoding.ASCII.GetBytes("id: 1\ndata: a\n\nid: 2\n\nretry: 7\nid: 3\ndata: b\n\nid: 4\ndata: cut")));
        Assert.Equal("", source.LastEventId);
        Assert.Null(source.ReconnectionInterval);
        List<(string, TimeSpan?)> seen = [];
        await foreach (SseItem<string> _ in source.ReadAllAsync())
        {
            seen.Add((source.LastEventId, source.ReconnectionInterval));
        }

        Assert.Equal([("1", null), ("3", TimeSpan.FromMilliseconds(7))], seen);
        Assert.Equal("3", source.LastEventId);
        await source.DisposeAsync();
        Assert.Equal("3", source.LastEventId);
        Assert.Equal(TimeSpan.FromMilliseconds(7), source.ReconnectionInterval);
    }

    [Fact]
    public async Task Id_outlives_a_passed_bound()
    {
        await using SseSource source = new SseReader(
            new MemoryStream(Encoding.ASCII.GetBytes("id: 1\ndata: a\n\n" + new string('x', 100))),
            new SseReaderOptions { MaxLineBytes = 16 });
        await Assert.ThrowsAsync<SseException>(async () => await source.ReadAllAsync().ToListAsync());
        Assert.Equal("1", source.LastEventId);
    }

    [Fact]
    public async Task Enumeration_and_frames_may_be_mixed()
    {
        await using SseSource source = new SseReader(new MemoryStream(Encoding.ASCII.GetBytes(Stream)));
        Assert.Equal("a\nb", (await source.ReadAllAsync().FirstAsync()).Data);
        Assert.True(source.TryRead(out SseFrame retry));
        Assert.Equal(Frame.Retry(7), Frame.Of(retry));
        Assert.Equal("c", (await source.ReadAllAsync().FirstAsync()).Data);
    }

    [Fact]
    public async Task Cancelled_enumeration_loses_nothing()
    {
        var pipe = new Pipe();
        await using SseSource source = new SseReader(pipe.Reader);
        await pipe.Writer.WriteAsync("data: a\n\ndata: b"u8.ToArray());
        using var cancellation = new CancellationTokenSource();
        List<string> taken = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SseItem<string> item in source.ReadAllAsync().WithCancellation(cancellation.Token))
            {
                taken.Add(item.Data);
                await cancellation.CancelAsync();
            }
        });
        await pipe.Writer.WriteAsync("\n\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        taken.AddRange(await source.ReadAllAsync().Select(item => item.Data).ToListAsync());
        Assert.Equal(["a", "b"], taken);
    }

    [Fact]
    public async Task Data_is_read_as_JSON_by_a_contract()
    {
        await using SseSource source = Over("event: e\ndata: {\"Number\":1}\n\ndata: {\ndata: \"Number\":2}\n\n");
        List<SseItem<Numbered>> items = await source.ReadAllAsync(NumberedContext.Default.Numbered).ToListAsync();
        Assert.Equal([("e", 1), ("message", 2)], items.Select(item => (item.EventType, item.Data.Number)));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Data_that_is_null_or_does_not_fit_is_a_JsonException_and_the_next_event_follows(string data)
    {
        await using SseSource source = Over($"data: {data}\n\ndata: {{\"Number\":2}}\n\n");
        await Assert.ThrowsAsync<JsonException>(async () => await source.ReadAllAsync(NumberedContext.Default.Numbered).FirstAsync());
        Assert.Equal(2, (await source.ReadAllAsync(NumberedContext.Default.Numbered).SingleAsync()).Data.Number);
    }

    [Fact]
    public async Task Null_for_a_value_that_may_be_null_is_a_JsonException_too()
    {
        await using SseSource source = Over("data: null\n\n");
        await Assert.ThrowsAsync<JsonException>(async () => await source.ReadAllAsync(NumberedContext.Default.NullableInt32).FirstAsync());
    }

    [Fact]
    public async Task Parser_of_the_runtime_is_called_as_the_runtime_calls_it()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("event: e\ndata: a\ndata: b\n\ndata: c\nid: 1\n\n");
        SseItemParser<string> parser = (type, data) => $"{type}={Encoding.ASCII.GetString(data)}";
        await using SseSource source = new SseReader(new MemoryStream(bytes));
        Assert.Equal(
            SseParser.Create(new MemoryStream(bytes), parser).Enumerate().ToList(), await source.ReadAllAsync(parser).ToListAsync());
    }

    [Fact]
    public async Task Parser_that_throws_ends_the_enumeration_and_the_next_event_follows()
    {
        await using SseSource source = Over("data: a\n\ndata: b\n\n");
        SseItemParser<string> throwing = (_, _) => throw new FormatException();
        await Assert.ThrowsAsync<FormatException>(async () => await source.ReadAllAsync(throwing).FirstAsync());
        Assert.Equal("b", (await source.ReadAllAsync().SingleAsync()).Data);
    }

    [Fact]
    public async Task Failure_is_thrown_by_the_enumeration_each_time()
    {
        await using SseSource source = new SseReader(new ScriptedStream("data: a\n\n"u8.ToArray()) { Failure = new IOException("reset") });
        List<string> taken = [];
        for (int call = 0; call < 2; call++)
        {
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                await foreach (SseItem<string> item in source.ReadAllAsync())
                {
                    taken.Add(item.Data);
                }
            });
        }

        Assert.Equal(["a"], taken);
    }

    [Fact]
    public async Task Missing_contract_or_parser_is_refused_at_the_call()
    {
        await using SseSource source = Over("");
        Assert.Throws<ArgumentNullException>(
            () => source.ReadAllAsync((System.Text.Json.Serialization.Metadata.JsonTypeInfo<Numbered>)null!));
        Assert.Throws<ArgumentNullException>(() => source.ReadAllAsync((SseItemParser<Numbered>)null!));
    }

    [Fact]
    public void Source_is_closed_to_deriving() =>
        Assert.All(typeof(SseSource).GetConstructors(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic
            | System.Reflection.BindingFlags.Public), constructor => Assert.True(constructor.IsFamilyAndAssembly));

    private static SseReader Over(string stream) => new(new MemoryStream(Encoding.UTF8.GetBytes(stream)));

    private static async Task<List<string>> OneByOneAsync(SseSource source)
    {
        List<string> taken = [];
        while (true)
        {
            int before = taken.Count;
            await foreach (SseItem<string> item in source.ReadAllAsync())
            {
                taken.Add($"{item.EventType} {item.Data} {source.LastEventId}");
                break;
            }

            if (taken.Count == before)
            {
                return taken;
            }
        }
    }

    internal sealed record Numbered(int Number);

    [JsonSerializable(typeof(Numbered))]
    [JsonSerializable(typeof(int?))]
    internal sealed partial class NumberedContext : JsonSerializerContext;
}
