using Microsoft.AspNetCore.Http;

namespace Unarr.EndToEnd.Tests.Agent;

public class ReadCommandTests
{
    private static async Task SendAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
    }

    [Fact]
    public async Task Events_are_printed_over_a_reconnect_which_standard_error_tells()
    {
        int requests = 0;
        string? id = null;
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            if (++requests == 1)
            {
                await SendAsync(context, ": hb\n\nid: 7\ndata: a\ndata: b\n\nretry: 10\n");
            }
            else
            {
                id = context.Request.Headers["Last-Event-ID"];
                context.Response.StatusCode = 204;
            }
        });
        (int exitCode, string output, string error) = await AgentCommand.RunAsync(["read", server.Url]);
        Assert.Equal((0, "a\nb\n", "7"), (exitCode, output, id));
        Assert.Contains("The server ended the stream. Next attempt in", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_is_sent_as_curl_sends_it_and_ends_with_its_marker()
    {
        string? seen = null;
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            seen = $"{context.Request.Method} {context.Request.ContentType} {context.Request.Headers["Last-Event-ID"]} "
                + await body.ReadToEndAsync();
            await SendAsync(context, "event: x\ndata: a\n\ndata: [DONE]\n\n");
            await PathServer.HoldAsync(context);
        });
        (int exitCode, string output, string error) = await AgentCommand.RunAsync(
        [
            "read", server.Url, "--json", "--data", "q", "--header", "Content-Type: text/plain", "--last-event-id", "5",
            "--end-marker", "[DONE]",
        ]);
        Assert.Equal((0, "POST text/plain 5 q"), (exitCode, seen));
        Assert.Equal("""{"kind":"event","event":"x","data":"a","id":"5"}""" + "\n", output);
        Assert.Equal("", error);
    }

    [Theory]
    [InlineData("cut", 1, "without its end marker")]
    [InlineData("refused", 3, "status 401 Unauthorized: bad key *** of ***")]
    [InlineData("json", 3, "no such model")]
    public async Task Exit_code_tells_how_the_stream_was_closed(string kind, int code, string message)
    {
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            switch (kind)
            {
                case "cut":
                    await SendAsync(context, "data: a\n\n");
                    break;
                case "refused":
                    context.Response.StatusCode = 401;
                    await context.Response.WriteAsync(
                        $"bad key {context.Request.Headers["X-Api-Key"]} of {context.Request.Headers["X-License"]}");
                    break;
                default:
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync("""{"error":"no such model"}""");
                    break;
            }
        });
        (int exitCode, _, string error) = await AgentCommand.RunAsync(
            [
                "read", server.Url, "--method", "POST", "--header", "X-Api-Key: very-secret", "--header", "X-License: hidden-one",
                "--end-marker", "[DONE]",
            ]);
        Assert.Equal(code, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-one", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'nowhere' is not an absolute http or https URL.", "read", "nowhere")]
    [InlineData("The URL must not hold a user name or a password.", "read", "http://SECRET@127.0.0.1")]
    [InlineData("--replay: 'twice' is not one of idempotent, with-id, always, never.", "read", "http://127.0.0.1", "--replay", "twice")]
    [InlineData("--end-marker: it must hold more than white space", "read", "http://127.0.0.1", "--end-marker", " ")]
    public async Task Wrong_argument_is_one_line(string message, params string[] args)
    {
        (int exitCode, _, string error) = await AgentCommand.RunAsync(args);
        Assert.Equal(2, exitCode);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
