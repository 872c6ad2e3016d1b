using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
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
    [InlineData("refused", 1, "", "status 401")]
    [InlineData("busy", 0, "Blue.", "")]
    [InlineData("redirect", 1, "", "another origin")]
    public async Task Model_program_prints_once_and_shows_what_went_wrong(string kind, int code, string printed, string error)
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
                    return;
                case "redirect":
                    context.Response.StatusCode = 307;
                    context.Response.Headers.Location = "http://192.0.2.1/";
                    return;
                case "busy" when number == 1:
                    context.Response.StatusCode = 503;
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
        Assert.Equal(kind is "json" or "refused" or "redirect" ? 0 : 1, processed);
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

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(int index, params string[] args)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs", "read-a-model-stream.md"));
        string code = CSharpBlock().Matches(text)[index].Groups["code"].Value;
        MethodInfo main = ExampleTests.Load(code);
        (TextWriter output, TextWriter errors) = (Console.Out, Console.Error);
        var written = new StringWriter { NewLine = "\n" };
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

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();
}
