using System.IO.Compression;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Client;
using Xunit;

namespace Unarr.Pipelines.Tests.Documentation;

/// <summary>The programs of docs/read-a-model-stream.md, run against servers that misbehave. They share the console and a folder, so that
/// one runs at a time.</summary>
[Collection(nameof(GuideTests))]
[CollectionDefinition(nameof(GuideTests), DisableParallelization = true)]
public sealed partial class GuideTests
{
    private const int Model = 0;
    private const int Orders = 1;
    private const int Mcp = 2;
    private const int Parser = 3;

    private static string Chunk(string text) => $$$"""data: {"choices":[{"delta":{"content":"{{{text}}}"}}]}""" + "\n\n";

    [Theory]
    [InlineData("good", 0, "Blue.", "")]
    [InlineData("odd", 0, "Blue.", "")]
    [InlineData("cut", 1, "Blue", "without its end marker")]
    [InlineData("json", 1, "", "no such model")]
    [InlineData("redirect", 1, "", "another origin")]
    public async Task Model_program_prints_once_and_shows_what_went_wrong(string kind, int code, string printed, string error)
    {
        int processed = 0;
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            switch (kind)
            {
                case "json":
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync("""{"error":"no such model"}""");
                    return;
                case "redirect":
                    context.Response.StatusCode = 307;
                    context.Response.Headers.Location = "http://192.0.2.1/";
                    return;
            }

            processed++;
            await EventServer.SendAsync(context, kind == "odd" ? ": ping\n\ndata: {\"choices\":null}\n\ndata: {\"choices\":[{}]}\n\n" : "");
            await EventServer.SendAsync(context, Chunk("Blue"));
            await EventServer.SendAsync(context, kind switch
            {
                "cut" => "data: {\"choi",
                "odd" => Chunk(".") + "data: [DONE] ",
                _ => Chunk(".") + "data: [DONE]\n\n",
            });
        });
        (int exitCode, string output, string errors) = await RunAsync(Model, $"{server.Url}v1/", "Why?");
        Assert.Equal((code, printed), (exitCode, output));
        Assert.Contains(error, errors, StringComparison.Ordinal);
        Assert.Equal(kind is "json" or "redirect" ? 0 : 1, processed);
    }

    [Theory]
    [InlineData(400, 1, 1)]
    [InlineData(401, 2, 1)]
    [InlineData(403, 2, 1)]
    [InlineData(404, 1, 1)]
    [InlineData(408, 1, 1)]
    [InlineData(500, 1, 1)]
    [InlineData(502, 1, 1)]
    [InlineData(504, 1, 1)]
    [InlineData(425, 2, 0)]
    [InlineData(429, 2, 0)]
    [InlineData(503, 2, 0)]
    public async Task Model_program_sends_its_question_again_only_where_it_was_not_processed(int status, int requests, int code)
    {
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            if (number == 1 || code == 1)
            {
                context.Response.StatusCode = status;
                await context.Response.WriteAsync($"because of {context.Request.Headers.Authorization}");
                return;
            }

            await EventServer.SendAsync(context, Chunk("Blue.") + "data: [DONE]\n\n");
        });
        (int exitCode, string output, string errors) = await RunAsync(Model, $"{server.Url}v1/", "Why?");
        Assert.Equal((code, code == 0 ? "Blue." : "", requests), (exitCode, output, server.Requests));
        Assert.Contains(code == 0 ? "" : $"status {status}", errors, StringComparison.Ordinal);
        Assert.Contains(code == 0 ? "" : "because of", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("html", 1, "", "text/html")]
    [InlineData("line", 1, "Blue", "262144")]
    [InlineData("loop", 1, "", "more than 5 redirects")]
    [InlineData("moved", 0, "Blue.", "")]
    [InlineData("mark", 0, "Blue.", "")]
    [InlineData("gzip", 0, "Blue.", "")]
    [InlineData("bytes", 0, "Blue.", "")]
    public async Task Model_program_reads_what_servers_send_and_says_what_it_cannot_read(
        string kind, int code, string printed, string error)
    {
        string good = Chunk("Blue") + Chunk(".") + "data: [DONE]\n\n";
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            switch (kind)
            {
                case "html":
                    context.Response.ContentType = "text/html";
                    await context.Response.WriteAsync("<p>Sign in</p>");
                    break;
                case "line":
                    await EventServer.SendAsync(context, Chunk("Blue"));
                    await EventServer.SendAsync(context, $"data: {new string('x', 300_000)}\n\n");
                    break;
                case "loop":
                case "moved" when number == 1:
                    context.Response.StatusCode = 307;
                    context.Response.Headers.Location = "/elsewhere";
                    break;
                case "gzip":
                    context.Response.ContentType = "text/event-stream";
                    context.Response.Headers.ContentEncoding = "gzip";
                    await using (GZipStream body = new(context.Response.Body, CompressionLevel.Fastest))
                    {
                        await body.WriteAsync(Encoding.UTF8.GetBytes(good));
                    }

                    break;
                case "bytes":
                    foreach (char one in good.Replace("\n", "\r\n", StringComparison.Ordinal))
                    {
                        await EventServer.SendAsync(context, one.ToString());
                    }

                    break;
                default:
                    await EventServer.SendAsync(context, (kind == "mark" ? "\uFEFF" : "") + good);
                    break;
            }
        });
        (int exitCode, string output, string errors) = await RunAsync(Model, $"{server.Url}v1/", "Why?");
        Assert.Equal((code, printed), (exitCode, output));
        Assert.Contains(error, errors, StringComparison.Ordinal);
        Assert.Equal(kind switch { "loop" => 6, "moved" => 2, _ => 1 }, server.Requests);
    }

    [Theory]
    [InlineData("500")]
    [InlineData("503")]
    [InlineData("aborted")]
    [InlineData("moved")]
    [InlineData("refused once")]
    public async Task Orders_are_taken_once_whatever_comes_between(string kind)
    {
        File.Delete("last");
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            if (number == 2 && kind != "moved")
            {
                context.Response.StatusCode = kind switch { "500" => 500, "503" => 503, "refused once" => 401, _ => 200 };
                if (kind == "aborted")
                {
                    await EventServer.SendAsync(context, "id: 2\ndata: order 2\n\nid: 9\ndata: or");
                    context.Abort();
                }
            }
            else if (number == 2)
            {
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = "/moved";
            }
            else if (context.Request.Headers["Last-Event-ID"] is [{ } id] && int.Parse(id, null) is int last)
            {
                context.Response.StatusCode = last < 3 ? 200 : 204;
                await (last < 3 ? EventServer.SendAsync(context, $"id: {last + 1}\ndata: order {last + 1}\n\n") : Task.CompletedTask);
            }
            else
            {
                await EventServer.SendAsync(context, "retry: 1\nid: 1\ndata: order 1\n\n");
            }
        });
        (_, string output, _) = await RunAsync(Orders, server.Url.ToString());
        Assert.Equal("order 1\norder 2\norder 3\n", output);
        File.Delete("last");
    }

    [Theory]
    [InlineData(500, "status 500")]
    [InlineData(404, "status 404")]
    public async Task Mcp_call_that_failed_is_not_made_again(int status, string error)
    {
        await using EventServer server = await EventServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        TargetInvocationException failure = await Assert.ThrowsAsync<TargetInvocationException>(() => RunAsync(Mcp, server.Url.ToString()));
        Assert.Contains(error, Assert.IsType<SseException>(failure.InnerException).Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Requests);
    }

    /// <summary>A reset may overtake what was sent before it: the first piece is printed before the connection breaks.</summary>
    [Fact]
    public async Task Model_program_keeps_what_it_printed_when_the_connection_breaks()
    {
        AwaitedWriter written = new();
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            await EventServer.SendAsync(context, Chunk("Blue"));
            await written.HasText.WaitAsync(context.RequestAborted);
            context.Abort();
        });
        (int exitCode, string output, string errors) = await RunAsync(written, Model, $"{server.Url}v1/", "Why?");
        Assert.Equal((1, "Blue", 1), (exitCode, output, server.Requests));
        Assert.Contains("broke off", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orders_are_taken_once_over_cuts()
    {
        File.Delete("last");
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            int next = context.Request.Headers["Last-Event-ID"] is [{ } id] ? int.Parse(id, null) + 1 : 1;
            if (next > 4)
            {
                context.Response.StatusCode = 204;
                return;
            }

            await EventServer.SendAsync(context, $"retry: 1\nid: {next}\ndata: order {next}\n\n");
            await EventServer.SendAsync(context, $"id: {next + 1}\ndata: order {next + 1}\n\nid: 99\n");
        });
        (_, string output, _) = await RunAsync(Orders, server.Url.ToString());
        Assert.Equal("order 1\norder 2\norder 3\norder 4\n", output);
        Assert.Equal("4", await File.ReadAllTextAsync("last"));
        File.Delete("last");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mcp_call_is_made_once_and_its_answer_taken_up(bool isJson)
    {
        const string Answer = """{"jsonrpc":"2.0","id":1,"result":[]}""";
        List<string> methods = [];
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            methods.Add(context.Request.Method);
            if (isJson)
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(Answer);
            }
            else
            {
                await EventServer.SendAsync(context, number == 1 ? "id: 1\ndata: {}\n\ndata: {" : $"id: 2\ndata: {Answer}\n\n");
            }
        });
        (_, string output, _) = await RunAsync(Mcp, server.Url.ToString());
        Assert.EndsWith(Answer + "\n", output, StringComparison.Ordinal);
        Assert.Equal(isJson ? ["POST"] : ["POST", "GET"], methods);
    }

    [Fact]
    public async Task Delegate_of_the_parser_gives_the_same_items()
    {
        await using EventServer server = await EventServer.StartAsync(
            (context, _) => EventServer.SendAsync(context, "data: 1\n\ndata: 2\n\n"));
        (_, string output, _) = await RunAsync(Parser, server.Url.ToString());
        Assert.Equal("1\n2\n", output);
    }

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(int index, params string[] args) =>
        RunAsync(new StringWriter(), index, args);

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(StringWriter written, int index, params string[] args)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs", "read-a-model-stream.md"));
        string code = CSharpBlock().Matches(text)[index].Groups["code"].Value;
        MethodInfo main = ExampleTests.Load(code);
        (TextWriter output, TextWriter errors) = (Console.Out, Console.Error);
        written.NewLine = "\n";
        var failed = new StringWriter();
        Console.SetOut(written);
        Console.SetError(failed);
        try
        {
            object? result = main.Invoke(null, main.GetParameters().Length == 0 ? [] : [args]);
            int exitCode = result switch
            {
                int number => number,
                Task<int> running => await running,
                Task running => await Ended(running),
                _ => 0,
            };
            return (exitCode, written.ToString(), failed.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }

        static async Task<int> Ended(Task running)
        {
            await running;
            return 0;
        }
    }

    /// <summary>Tells when it was written to.</summary>
    private sealed class AwaitedWriter : StringWriter
    {
        private readonly TaskCompletionSource _hasText = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasText => _hasText.Task;

        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Length > 0)
            {
                _hasText.TrySetResult();
            }
        }
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();
}
