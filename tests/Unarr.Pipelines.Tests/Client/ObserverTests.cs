using System.IO.Pipelines;
using Unarr.Pipelines.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>What an observer is told.</summary>
public class ObserverTests
{
    [Theory]
    [InlineData("events?api_key=very-secret&x=1", "http://host/base/events?api_key=***&x=1")]
    [InlineData("/events", "http://host/events")]
    public async Task Address_of_an_attempt_is_whole_and_without_secrets(string relative, string told)
    {
        var server = new ScriptedHandler(ScriptedAnswer.Stream("data: a\n\n"));
        using var http = new HttpClient(server) { BaseAddress = new Uri("http://host/base/") };
        await using var harness = new SseClientHarness(
            server, create: _ => new HttpRequestMessage(HttpMethod.Get, new Uri(relative, UriKind.Relative)), http: http);
        await harness.ReadAsync();
        Assert.Equal(told, harness.Addresses[0]!.ToString());
    }

    [Fact]
    public async Task Events_taken_since_the_last_read_are_told_when_the_client_is_disposed()
    {
        var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Stream("data: a\n\n")));
        Assert.Equal("a", await harness.NextAsync());
        await harness.DisposeAsync();
        Assert.Equal(1, harness.Taken);
        Assert.Equal([SseEndReason.Closed], harness.Ends);
    }

    [Fact]
    public async Task Time_of_the_caller_is_not_time_that_bytes_were_waited_for()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe)));
        await pipe.Writer.WriteAsync("data: a\n\n"u8.ToArray());
        Assert.Equal("a", await harness.NextAsync());
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        await pipe.Writer.WriteAsync("data: b\n\n"u8.ToArray());
        Assert.Equal("b", await harness.NextAsync());
        Assert.Equal(TimeSpan.Zero, harness.Waited);

        Task<string> next = harness.NextAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(7));
        await pipe.Writer.WriteAsync("data: c\n\n"u8.ToArray());
        Assert.Equal("c", await next);
        Assert.Equal(TimeSpan.FromSeconds(7), harness.Waited);
    }

    [Fact]
    public async Task End_by_an_exception_of_the_callers_own_code_is_told()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(), create: _ => throw new InvalidOperationException("no token"));
        Assert.Equal("no token", (await Assert.ThrowsAsync<InvalidOperationException>(harness.NextAsync)).Message);
        Assert.Equal([SseEndReason.None], harness.Ends);
    }
}
