using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>A broadcast over a real server.</summary>
public sealed class SseBroadcastTests
{
    private readonly List<int> _stored = [];

    [Fact]
    public async Task Event_reaches_every_reader_in_order()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast);
        await using OpenStream first = await JoinAsync(server, broadcast);
        await using OpenStream second = await JoinAsync(server, broadcast);
        broadcast.Send("one"u8, "type"u8, "1"u8);
        broadcast.Send(new Tick(2), TickJson.Default.Tick, id: "2"u8);
        foreach (OpenStream stream in (OpenStream[])[first, second])
        {
            Assert.Equal(["type one", "message {\"number\":2}"], await stream.NextEventsAsync(2));
            Assert.Equal("2", stream.LastEventId);
        }
    }

    [Fact]
    public async Task Thousand_readers_get_each_event_once()
    {
        const int Readers = 1000;
        const int Events = 20;
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast);
        OpenStream[] streams = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => server.OpenAsync("/b")));
        await server.UntilAsync(() => broadcast.ReaderCount == Readers);
        for (int i = 0; i < Events; i++)
        {
            broadcast.Send(new Tick(i), TickJson.Default.Tick);
        }

        broadcast.Dispose();
        string[] expected = [.. Enumerable.Range(0, Events).Select(i => $"message {{\"number\":{i}}}"), "the end"];
        foreach (OpenStream stream in streams)
        {
            Assert.Equal(expected, await stream.NextEventsAsync(Events + 1));
            await stream.DisposeAsync();
        }

        await server.UntilAsync(() => broadcast.ReaderCount == 0);
    }

    [Fact]
    public async Task Reader_that_takes_nothing_is_cut_and_holds_up_nobody()
    {
        byte[] data = new byte[100_000];
        data.AsSpan().Fill((byte)'x');
        using SseBroadcast broadcast = new(new SseBroadcastOptions { MaxUnsentEvents = 4 });
        await using StreamServer server = await StartAsync(broadcast);
        await using OpenStream quick = await JoinAsync(server, broadcast);
        using Socket deaf = await server.OpenDeafAsync("/b");
        await server.UntilAsync(() => broadcast.ReaderCount == 2);
        for (int i = 0; broadcast.ReaderCount == 2; i++)
        {
            Assert.InRange(i, 0, 1000);
            broadcast.Send(data);
            Assert.Equal(data.Length + "message ".Length, (await quick.NextEventAsync())!.Length);
        }

        await server.LoggedAsync("too slow: overflow");
        Assert.False(await EndsProperlyAsync(deaf, server.Deadline));
        broadcast.Send("still there"u8);
        Assert.Equal("message still there", await quick.NextEventAsync());
    }

    [Fact]
    public async Task Client_that_goes_leaves_the_broadcast()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast);
        OpenStream stream = await JoinAsync(server, broadcast);
        await stream.DisposeAsync();
        await server.UntilAsync(() => broadcast.ReaderCount == 0);
    }

    [Fact]
    public async Task Server_that_stops_ends_streams_properly()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast);
        await using OpenStream stream = await JoinAsync(server, broadcast);
        Task stopping = server.StopAsync();
        Assert.Null(await stream.NextEventAsync());
        await stopping;
        Assert.Equal(0, broadcast.ReaderCount);
    }

    [Fact]
    public async Task Server_that_stops_cuts_a_reader_that_takes_nothing()
    {
        byte[] data = new byte[1_000_000];
        using SseBroadcast broadcast = new(new SseBroadcastOptions { Overflow = SseOverflow.DropNewest });
        await using StreamServer server = await StartAsync(broadcast);
        using Socket deaf = await server.OpenDeafAsync("/b");
        await server.UntilAsync(() => broadcast.ReaderCount == 1);
        for (int i = 0; i < 64; i++)
        {
            broadcast.Send(data);
        }

        long start = TimeProvider.System.GetTimestamp();
        await server.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Disposed_broadcast_ends_streams_after_what_was_sent()
    {
        SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast);
        await using OpenStream stream = await JoinAsync(server, broadcast);
        broadcast.Send("last"u8);
        broadcast.Dispose();
        broadcast.Dispose();
        Assert.Equal("message last", await stream.NextEventAsync());
        Assert.Null(await stream.NextEventAsync());
        await using OpenStream late = await server.OpenAsync("/b");
        Assert.Null(await late.NextEventAsync());
        Assert.Throws<ObjectDisposedException>(() => broadcast.Send("too late"u8));
    }

    [Fact]
    public async Task Head_request_joins_nothing()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast);
        using HttpResponseMessage response = await server.SendAsync(HttpMethod.Head, "/b");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(0, broadcast.ReaderCount);
    }

    [Fact]
    public async Task Heartbeats_come_in_virtual_time_from_the_broadcasts_wheel()
    {
        SseBroadcast? broadcast = null;
        await using StreamServer server = await StreamServer.StartAsync((routes, time) =>
        {
            broadcast = new SseBroadcast(new SseBroadcastOptions { Heartbeat = TimeSpan.FromSeconds(5) }, time);
            routes.MapEventStream("/b", broadcast);
        });
        await using OpenStream stream = await server.OpenAsync("/b");
        Assert.Equal(": connected hb=5000", await stream.NextAsync());
        await server.UntilAsync(() => broadcast!.ReaderCount == 1);
        for (int i = 0; i < 3; i++)
        {
            server.Time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(": hb", await stream.NextAsync());
        }

        broadcast!.Dispose();
    }

    [Fact]
    public async Task Replay_gets_the_last_event_id_and_comes_before_anything_new()
    {
        TaskCompletionSource<string> asked = new();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast, async (lastEventId, writer, cancellationToken) =>
        {
            asked.SetResult(lastEventId);
            await go.Task.WaitAsync(cancellationToken);
            writer.WriteEvent("eight"u8, id: "8"u8);
            writer.WriteEvent("nine"u8, id: "9"u8);
        });
        await using OpenStream stream = await server.OpenAsync("/b", "sieben-ü");
        Assert.Equal("sieben-ü", await asked.Task.WaitAsync(server.Deadline));
        broadcast.Send("nine"u8, id: "9"u8);
        broadcast.Send("ten"u8, id: "10"u8);
        go.SetResult();
        Assert.Equal(["message eight", "message nine", "message ten"], await stream.NextEventsAsync(3));
        broadcast.Send("eight"u8, id: "8"u8);
        broadcast.Send("seven"u8, id: "sieben-ü"u8);
        broadcast.Send("eleven"u8, id: "11"u8);
        Assert.Equal("message eleven", await stream.NextEventAsync());
    }

    /// <summary>An event that was stored and replayed, and is sent only after its reader has come back and names it.</summary>
    [Fact]
    public async Task Last_event_of_a_reader_is_not_sent_to_it_again()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast, ReplayAsync);
        _stored.AddRange([1, 2]);
        await using (OpenStream before = await server.OpenAsync("/b", "1"))
        {
            Assert.Equal("message 2", await before.NextEventAsync());
        }

        await server.UntilAsync(() => broadcast.ReaderCount == 0);
        await using OpenStream after = await server.OpenAsync("/b", "2");
        await server.UntilAsync(() => broadcast.ReaderCount == 1);
        broadcast.Send("2"u8, id: "2"u8);
        broadcast.Send("3"u8, id: "3"u8);
        Assert.Equal("message 3", await after.NextEventAsync());
    }

    [Fact]
    public async Task Heartbeats_come_while_a_replay_takes_its_time()
    {
        SseBroadcast? broadcast = null;
        await using StreamServer server = await StreamServer.StartAsync((routes, time) =>
        {
            broadcast = new SseBroadcast(timeProvider: time);
            routes.MapEventStream("/b", broadcast, async (_, _, cancellationToken) => await Task.Delay(-1, cancellationToken));
        });
        await using OpenStream stream = await server.OpenAsync("/b", "1");
        Assert.Equal(": connected hb=15000", await stream.NextAsync());
        await server.UntilAsync(() => broadcast!.ReaderCount == 1);
        server.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(": hb", await stream.NextAsync());
        broadcast!.Dispose();
    }

    [Fact]
    public async Task Reader_without_a_last_event_id_gets_no_replay()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast, (_, _, _) => throw new InvalidOperationException("asked"));
        await using OpenStream stream = await JoinAsync(server, broadcast);
        broadcast.Send("live"u8);
        Assert.Equal("message live", await stream.NextEventAsync());
    }

    [Fact]
    public async Task Replay_that_throws_aborts_the_stream_and_sends_nothing_of_it()
    {
        using SseBroadcast broadcast = new();
        await using StreamServer server = await StartAsync(broadcast, async (_, writer, _) =>
        {
            writer.WriteEvent("half"u8);
            await Task.Yield();
            throw new InvalidOperationException("no store");
        });
        await using OpenStream stream = await server.OpenAsync("/b", "1");
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEventAsync);
        Assert.Contains(" Error ", await server.LoggedAsync("no store"), StringComparison.Ordinal);
        await server.UntilAsync(() => broadcast.ReaderCount == 0);
    }

    [Fact]
    public async Task Replay_past_its_bound_is_an_error_that_names_the_bound()
    {
        using SseBroadcast broadcast = new(new SseBroadcastOptions { MaxReplayBytes = 1024 });
        await using StreamServer server = await StartAsync(broadcast, (_, writer, _) =>
        {
            writer.WriteEvent(new byte[1024]);
            return ValueTask.CompletedTask;
        });
        await using OpenStream stream = await server.OpenAsync("/b", "1");
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEventAsync);
        await server.LoggedAsync("1024 bytes (MaxReplayBytes)");
    }

    /// <summary>Readers come and come back at any moment while events are stored and sent: each gets what came after its last event id,
    /// every event once and in order.</summary>
    [Fact]
    public async Task Nothing_is_lost_or_sent_twice_at_the_seam_between_replay_and_live()
    {
        const int Events = 3000;
        using SseBroadcast broadcast = new(new SseBroadcastOptions { MaxUnsentEvents = Events });
        await using StreamServer server = await StartAsync(broadcast, ReplayAsync);
        Task sending = Task.Run(async () =>
        {
            for (int i = 1; i <= Events; i++)
            {
                lock (_stored)
                {
                    _stored.Add(i);
                }

                await Task.Yield();
                broadcast.Send(Number(i), id: Number(i));
                if (i % 20 == 0)
                {
                    await Task.Delay(1);
                }
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async seed =>
        {
            Random random = new(seed);
            int last = 1;
            while (last < Events)
            {
                await using OpenStream stream = await server.OpenAsync("/b", last.ToString(CultureInfo.InvariantCulture));
                for (int left = random.Next(200); left >= 0 && last < Events; left--)
                {
                    Assert.Equal($"message {last + 1}", await stream.NextEventAsync());
                    last++;
                }
            }
        }));
        await sending;
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        AssertRefused(new SseBroadcastOptions { MaxUnsentEvents = 0 }, "MaxUnsentEvents");
        AssertRefused(new SseBroadcastOptions { Overflow = (SseOverflow)3 }, "Overflow");
        AssertRefused(new SseBroadcastOptions { Heartbeat = TimeSpan.Zero }, "Heartbeat");
        AssertRefused(new SseBroadcastOptions { Heartbeat = Timeout.InfiniteTimeSpan }, "Heartbeat");
        AssertRefused(new SseBroadcastOptions { MaxReplayBytes = 1023 }, "MaxReplayBytes");
    }

    [Fact]
    public void Options_are_copied()
    {
        SseBroadcastOptions options = new();
        using SseBroadcast broadcast = new(options);
        options.Heartbeat = TimeSpan.FromSeconds(1);
        Assert.Equal(TimeSpan.FromSeconds(15), broadcast.Heartbeats.Interval);
    }

    [Fact]
    public void Event_that_cannot_be_written_is_refused_also_without_readers()
    {
        using SseBroadcast broadcast = new();
        Assert.Equal("eventType", Assert.Throws<ArgumentException>(() => broadcast.Send("x"u8, "a\nb"u8)).ParamName);
        Assert.Equal("id", Assert.Throws<ArgumentException>(() => broadcast.Send("x"u8, id: "\0"u8)).ParamName);
        broadcast.Send("fine"u8);
    }

    private static byte[] Number(int number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static void AssertRefused(SseBroadcastOptions options, string option)
    {
        ArgumentOutOfRangeException refused = Assert.Throws<ArgumentOutOfRangeException>(() => new SseBroadcast(options));
        Assert.StartsWith(option, refused.Message, StringComparison.Ordinal);
    }

    private static Task<StreamServer> StartAsync(
        SseBroadcast broadcast, Func<string, SseWriter, CancellationToken, ValueTask>? replay = null) =>
        StreamServer.StartAsync((routes, _) => routes.MapEventStream("/b", broadcast, replay));

    private static async Task<OpenStream> JoinAsync(StreamServer server, SseBroadcast broadcast)
    {
        int before = broadcast.ReaderCount;
        OpenStream stream = await server.OpenAsync("/b");
        await server.UntilAsync(() => broadcast.ReaderCount > before);
        return stream;
    }

    private static async Task<bool> EndsProperlyAsync(Socket socket, CancellationToken deadline)
    {
        byte[] tail = [];
        byte[] buffer = new byte[65536];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, deadline)) > 0)
            {
                tail = [.. tail.TakeLast(8), .. buffer.AsSpan(0, read)[^Math.Min(read, 8)..]];
            }
        }
        catch (SocketException)
        {
            return false;
        }

        return tail.AsSpan().EndsWith("0\r\n\r\n"u8);
    }

    private ValueTask ReplayAsync(string lastEventId, SseWriter writer, CancellationToken cancellationToken)
    {
        int last = int.Parse(lastEventId, CultureInfo.InvariantCulture);
        int[] missed;
        lock (_stored)
        {
            missed = [.. _stored.Where(number => number > last)];
        }

        foreach (int number in missed)
        {
            writer.WriteEvent(Number(number), id: Number(number));
        }

        return ValueTask.CompletedTask;
    }
}
