using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client.Strangers;

/// <summary>Programs as users write them, against real servers that misbehave.</summary>
public class StrangerTests
{
    private static string Chunk(string text) => $$$"""data: {"choices":[{"delta":{"role":"a","content":"{{{text}}}"}}]}""" + "\n\n";

    [Theory]
    [InlineData("good", 0, "Blue.", "")]
    [InlineData("odd", 0, "Blue.", "")]
    [InlineData("cut", 1, "Blue", "without its end marker")]
    [InlineData("json", 1, "", "no such model")]
    [InlineData("refused", 1, "", "bad key")]
    [InlineData("busy", 0, "Blue.", "")]
    public async Task Model_program_prints_once_pays_once_and_shows_what_went_wrong(string kind, int code, string printed, string error)
    {
        int processed = 0;
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            switch (kind)
            {
                case "json":
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync("""{"error":"no such model"}""");
                    return;
                case "refused":
                    context.Response.StatusCode = 401;
                    await context.Response.WriteAsync($"bad key {context.Request.Headers.Authorization}");
                    return;
                case "busy" when number == 1:
                    context.Response.StatusCode = 429;
                    context.Response.Headers.RetryAfter = "0";
                    return;
            }

            processed++;
            await EventServer.SendAsync(context, (kind == "odd" ? ": ping\n\ndata: {\"choices\":null}\n\n" : "") + Chunk("Blue"));
            await EventServer.SendAsync(context, kind switch
            {
                "cut" => "data: {\"choi",
                "odd" => Chunk(".") + "data: [DONE] ",
                _ => Chunk(".") + "data: [DONE]\n\n",
            });
        });
        var output = new StringWriter();
        var errors = new StringWriter();
        Assert.Equal(code, await ModelProgram.RunAsync(server.Url, "Why?", output, errors, _ => { }));
        Assert.Equal(printed, output.ToString());
        Assert.Contains(error, errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sk-model-key", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(kind is "json" or "refused" ? 0 : 1, processed);
    }

    [Fact]
    public async Task Model_program_ends_cleanly_at_ctrl_c()
    {
        Action? cancel = null;
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            await EventServer.SendAsync(context, Chunk("Blue"));
            cancel!();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var errors = new StringWriter();
        Assert.Equal(130, await ModelProgram.RunAsync(server.Url, "Why?", TextWriter.Null, errors, close => cancel = close));
        Assert.Equal("", errors.ToString());
    }

    [Fact]
    public async Task Resuming_program_takes_each_order_once_over_cuts_and_restarts()
    {
        var taken = new List<(string Id, string Data)>();
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            int next = context.Request.Headers["Last-Event-ID"] is [{ } id] ? int.Parse(id, null) + 1 : 1;
            for (int order = next; order < next + 3 && order <= 10; order++)
            {
                await EventServer.SendAsync(context, $"id: {order}\ndata: order {order}\n\n");
            }

            if (next > 10)
            {
                context.Response.StatusCode = 204;
            }
        });
        for (int process = 0; process < 2; process++)
        {
            await using var orders = new SseClient(server.Url, new SseClientOptions { ReconnectDelay = TimeSpan.Zero });
            if (taken.Count > 0)
            {
                orders.ResumeFrom(taken[^1].Id);
            }

            await foreach (var order in orders.ReadAllAsync())
            {
                taken.Add((order.EventId ?? orders.LastEventId, order.Data));
                if (process == 0 && taken.Count == 5)
                {
                    break;
                }
            }
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(order => ($"{order}", $"order {order}")), taken);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("json")]
    [InlineData("cut")]
    public async Task Mcp_program_calls_once_and_takes_up_the_answer(string kind)
    {
        const string Answer = """{"jsonrpc":"2.0","id":1,"result":["a"]}""";
        List<string> methods = [];
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            methods.Add(context.Request.Method);
            Assert.Contains("application/json", context.Request.Headers.Accept.ToString(), StringComparison.Ordinal);
            context.Response.Headers["Mcp-Session-Id"] = "s-1";
            if (kind == "json")
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(Answer);
            }
            else
            {
                await EventServer.SendAsync(context, number == 1 ? "id: e0\ndata:\n\nid: e1\ndata: {\"method\":\"notice\"}\n\n" : "");
                await EventServer.SendAsync(context, kind == "cut" && number == 1 ? "data: {" : $"id: e2\ndata: {Answer}\n\n");
            }
        });
        using var http = new HttpClient(SseClient.CreateHandler());
        var program = new McpProgram(http, server.Url);
        Assert.Equal("""["a"]""", (await program.CallAsync(new(1, "tools/list"), CancellationToken.None))?.ToJsonString());
        Assert.Equal("s-1", program.Session);
        Assert.Equal(kind == "cut" ? ["POST", "GET"] : ["POST"], methods);
    }

    [Fact]
    public async Task Parser_moves_over_unchanged()
    {
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            context.Response.StatusCode = number < 4 ? 200 : 204;
            if (number < 4)
            {
                await EventServer.SendAsync(context, "event: price\ndata: 1\n\nevent: price\ndata: 2\n\n");
            }
        });
        static int Parse(string eventType, ReadOnlySpan<byte> data) => int.Parse(data, null);
        using var http = new HttpClient();
        List<int> before = [];
        await using (Stream stream = await http.GetStreamAsync(server.Url))
        {
            await foreach (SseItem<int> item in SseParser.Create(stream, Parse).EnumerateAsync())
            {
                before.Add(item.Data);
            }
        }

        List<int> after = [];
        await using (SseClient prices = new(http, server.Url, new SseClientOptions { CloseAtEnd = true }))
        {
            await foreach (SseItem<int> item in prices.ReadAllAsync(Parse))
            {
                after.Add(item.Data);
            }
        }

        List<int> fast = [];
        await using (SseClient prices = new(http, server.Url, new SseClientOptions { ReconnectDelay = TimeSpan.Zero }))
        {
            while (await prices.WaitToReadAsync())
            {
                while (prices.TryRead(out SseFrame frame))
                {
                    if (frame.IsEvent("price"u8))
                    {
                        fast.Add(int.Parse(frame.Data, null));
                    }
                }
            }
        }

        Assert.Equal([1, 2], before);
        Assert.Equal(before, after);
        Assert.Equal(before, fast);
    }

    [Fact]
    public async Task High_price_is_asked_about_with_a_list_and_a_fake_server()
    {
        var server = new FakeServer("data: because\n\n", "data: so\n\n");
        var follower = new PriceFollower(server);
        SseItem<PriceFollower.Price>[] prices = [new(new("ACME", 101)) { EventId = "7" }];
        await follower.FollowAsync(prices.ToAsyncEnumerable());
        Assert.Equal(["because"], follower.Answers);
        Assert.Equal("so", await follower.AskAsync("?"));
        Assert.Equal(HttpMethod.Post, server.Requests[^1].Method);
    }

    [Fact]
    public async Task Frames_come_from_memory()
    {
        await using SseSource source = new SseReader(new MemoryStream(": hb\n\ndata: 1\n\n"u8.ToArray()));
        Assert.True(await source.WaitToReadAsync());
        Assert.True(source.TryRead(out SseFrame frame) && frame.Kind == SseFrameKind.Comment);
    }
}
