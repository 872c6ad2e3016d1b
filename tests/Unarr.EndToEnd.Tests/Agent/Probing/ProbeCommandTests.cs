using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Unarr.ControlPlane.Demo;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Agent.Probing;

public class ProbeCommandTests
{
    private const string Agent = "a1";

    // A machine that stalls for seconds makes no verdict here: what the judge makes of times is tested with recorded ones.
    private static readonly string[] Patient = ["--tolerance", "20s", "--connect-timeout", "10s"];

    [Theory]
    [InlineData("/")]
    [InlineData("/api/internal/agent/events")]
    [InlineData("/api/internal/agent/probe")]
    public async Task Straight_path_streams_and_is_measured(string path)
    {
        await using ControlPlaneHost controlPlane = await ControlPlaneAsync();

        JsonElement report = await ProbeAsync(
            0, $"{controlPlane.BaseAddress.GetLeftPart(UriPartial.Authority)}{path}", RunningControlPlane.KeyOf(Agent), Patient);

        Assert.Equal(("streams", "measured"), (Text(report, "verdict"), Text(report, "basis")));
        Assert.Equal(6, report.GetProperty("steps").GetArrayLength());
        Assert.Equal(6, report.GetProperty("stepsWithPrelude").GetArrayLength());
        Assert.Equal("no", Text(report, "xAccelBuffering"));
    }

    [Fact]
    public async Task Relay_that_holds_everything_back_is_measured_as_buffering()
    {
        await using ControlPlaneHost controlPlane = await ControlPlaneAsync();
        await using BufferingRelay relay = await BufferingRelay.StartAsync(controlPlane.BaseAddress);
        Assert.Equal("streams", Text(await ProbeAsync(0, relay.Address.AbsoluteUri, RunningControlPlane.KeyOf(Agent), Patient), "verdict"));
        relay.Mute();

        JsonElement report = await ProbeAsync(12, relay.Address.AbsoluteUri, RunningControlPlane.KeyOf(Agent));

        Assert.Equal(("buffered until the end", "measured"), (Text(report, "verdict"), Text(report, "basis")));
        Assert.StartsWith("nginx: proxy_buffering off", report.GetProperty("change")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Relay_that_holds_everything_back_leaves_it_open_where_there_is_no_rhythm()
    {
        await using PathServer server = await PathServer.StartAsync(context => StreamAsync(context, ": connected hb=200\n\n", ": hb\n\n"));
        await using BufferingRelay relay = await BufferingRelay.StartAsync(new Uri(server.Url));
        JsonElement direct = await ProbeAsync(0, $"{relay.Address}stream", null, ["--watch", "8s", .. Patient]);
        Assert.Equal(("streams", "inferred"), (Text(direct, "verdict"), Text(direct, "basis")));
        Assert.Equal(200, direct.GetProperty("heartbeat").GetProperty("told").GetDouble());
        Assert.True(direct.GetProperty("heartbeat").TryGetProperty("median", out _));
        relay.Mute();

        // Headers and no byte: without a rhythm, a server that has nothing to say looks the same.
        Assert.Equal("unknown", Text(await ProbeAsync(15, $"{relay.Address}stream", null, "--watch", "500ms"), "verdict"));
    }

    [Fact]
    public async Task Heartbeat_that_is_told_and_does_not_come_is_a_preamble_then_buffered()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream = ": connected hb=100\n\n";

        JsonElement report = await ProbeAsync(11, controlPlane.Url);

        Assert.Equal("preamble then buffered", Text(report, "verdict"));
        Assert.Equal("inferred", Text(report, "basis"));
    }

    [Fact]
    public async Task Path_that_passes_everything_on_late_delays()
    {
        // The stamps say when the steps were sent: here they say so of steps that the path has held back.
        await using PathServer server = await PathServer.StartAsync(
            context => StreamAsync(context, "", Steps(0, 0, 0, 0, 0, 59_000), 600, ends: true));

        JsonElement report = await ProbeAsync(10, $"{server.Url}/api/internal/agent/probe", null, "--tolerance", "100ms");

        Assert.Equal(("delayed", "measured"), (Text(report, "verdict"), Text(report, "basis")));
    }

    [Theory]
    [InlineData("/base")]
    [InlineData("/base/")]
    [InlineData("/base/api/internal/agent/events")]
    [InlineData("/base/api/internal/agent/probe")]
    public async Task Control_plane_below_a_path_is_measured_there(string path)
    {
        await using PathServer server = await PathServer.StartAsync(context =>
        {
            if (context.Request.Path == "/base/api/internal/agent/probe")
            {
                return StreamAsync(context, Steps(0, 0, 0, 0, 0, 0), "", 1, ends: true);
            }

            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });

        JsonElement report = await ProbeAsync(0, $"{server.Url}{path}", null, Patient);

        Assert.Equal(("measured", $"{server.Url}/base/api/internal/agent/probe"), (Text(report, "basis"), Text(report, "url")));
    }

    [Fact]
    public async Task Control_plane_below_a_path_without_a_rhythm_is_inferred_from_its_stream()
    {
        await using PathServer server = await PathServer.StartAsync(context =>
        {
            if (context.Request.Path == "/base/api/internal/agent/events")
            {
                return StreamAsync(context, ": connected hb=100\n\n", "", 1, ends: true);
            }

            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });

        JsonElement report = await ProbeAsync(0, $"{server.Url}/base", null, Patient);

        Assert.Equal(("inferred", $"{server.Url}/base/api/internal/agent/events"), (Text(report, "basis"), Text(report, "url")));
    }

    [Fact]
    public async Task Server_with_some_stream_at_every_address_has_no_rhythm()
    {
        await using PathServer server = await PathServer.StartAsync(context => StreamAsync(context, "data: hello\n\n", "", 1, ends: true));

        Assert.Equal("inferred", Text(await ProbeAsync(0, server.Url, null, Patient), "basis"));
    }

    [Fact]
    public async Task Compression_in_the_way_is_named()
    {
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.Headers.Via = "1.1 proxy";
            await using (GZipStream zip = new(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true))
            {
                await zip.WriteAsync(Encoding.ASCII.GetBytes(": connected\n\n"));
            }
        });

        JsonElement report = await ProbeAsync(13, $"{server.Url}/stream");

        Assert.Equal(
            ("no stream here", "gzip", "1.1 proxy"), (Text(report, "verdict"), Text(report, "contentEncoding"), Text(report, "via")));
        Assert.Contains("compressed (gzip)", Text(report, "cause"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/internal/agent/events")]
    [InlineData("/page")]
    public async Task Page_is_no_stream(string path)
    {
        await using PathServer server = await PathServer.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<h1>Sign in</h1>");
        });

        Assert.Equal("no stream here", Text(await ProbeAsync(13, $"{server.Url}{path}"), "verdict"));
    }

    [Fact]
    public async Task Wrong_key_is_said_and_never_shown()
    {
        await using ControlPlaneHost controlPlane = await ControlPlaneAsync();

        JsonElement report = await ProbeAsync(13, controlPlane.BaseAddress.AbsoluteUri, "key-4711");

        Assert.Contains("401", Text(report, "cause"), StringComparison.Ordinal);
        Assert.DoesNotContain("key-4711", report.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_port_is_unreachable()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        JsonElement report = await ProbeAsync(14, $"http://127.0.0.1:{port}/");

        Assert.Equal("unreachable", Text(report, "verdict"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/stream")]
    public async Task Server_that_takes_the_connection_and_never_answers_is_unreachable(string path)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();

        await ProbeAsync(14, $"http://{listener.LocalEndpoint}{path}", null, "--connect-timeout", "200ms");
    }

    [Fact]
    public async Task Path_that_keeps_the_whole_response_back_while_the_server_answers_buffers()
    {
        await using PathServer server = await PathServer.StartAsync(context =>
            context.Request.Path == "/stream" ? PathServer.WaitForTheEndAsync(context) : context.Response.WriteAsync("hello"));

        JsonElement report = await ProbeAsync(12, $"{server.Url}/stream", null, "--connect-timeout", "2s");

        Assert.Contains("not even headers, while the server answers other requests", Text(report, "cause"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_names_verdict_and_what_to_change_without_escape_sequences_when_piped()
    {
        await using PathServer server = await PathServer.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            context.Response.Headers.Server = "x[red]y";
            return context.Response.WriteAsync("");
        });

        (int exitCode, string output, string error) = await AgentCommand.RunAsync(["probe", $"{server.Url}/page"]);

        Assert.Equal((13, ""), (exitCode, error));
        Assert.Contains("no stream here", output, StringComparison.Ordinal);
        Assert.Contains("x[red]y", output, StringComparison.Ordinal);
        Assert.Contains("HAProxy:", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output);
    }

    [Fact]
    public async Task Interrupted_probe_does_not_say_that_the_path_streams()
    {
        await using PathServer server = await PathServer.StartAsync(context =>
        {
            context.Response.ContentType = "text/event-stream";
            return PathServer.HoldAsync(context);
        });
        await using AgentCommand probe = AgentCommand.Start(["probe", "--json", $"{server.Url}/stream"]);

        Assert.Equal(1, await probe.EndAsync());
        Assert.Null(await probe.ReadLineAsync());
    }

    [Fact]
    public async Task Healthy_server_that_says_nothing_is_unknown()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream = ": connected\n\n";

        JsonElement report = await ProbeAsync(15, controlPlane.Url, null, "--watch", "1s");

        Assert.Equal(("unknown", "inferred"), (Text(report, "verdict"), Text(report, "basis")));
        Assert.Contains("nothing to say looks like a path that holds everything back", Text(report, "cause"), StringComparison.Ordinal);
        Assert.StartsWith("server: a comment", report.GetProperty("change")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_is_the_one_that_is_asked_for_and_its_headers_are_shown_nowhere()
    {
        string? seen = null;
        int requests = 0;
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            Interlocked.Increment(ref requests);
            HttpRequest request = context.Request;
            using StreamReader body = new(request.Body);
            seen = $"{request.Method} {request.Headers.Authorization} {request.Headers["X-Twice"]} {request.ContentType} "
                + $"{request.Headers.Accept} {await body.ReadToEndAsync()}";
            context.Response.Headers.Server = $"echo {request.Headers.Authorization}";
            context.Response.StatusCode = 401;
        });
        using var file = new TemporaryFile("{\"stream\":true}");
        using var headers = new TemporaryFile("Authorization: Bearer key-4711\n\nX-Twice: one\n");

        (int exitCode, string output, string error) = await AgentCommand.RunAsync(
            [
                "probe", "--json", $"{server.Url}/v1/messages", "--header", $"@{headers.Path}", "--header", "X-Twice: two",
                "--header", "Content-Type: application/json", "--data", $"@{file.Path}",
            ]);

        Assert.Equal((13, "", 1), (exitCode, error, requests));
        Assert.Equal("POST Bearer key-4711 one, two application/json text/event-stream {\"stream\":true}", seen);
        Assert.DoesNotContain("key-4711", output, StringComparison.Ordinal);
        Assert.Contains("echo ***", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET application/x-www-form-urlencoded a=b", "--data", "a=b", "--method", "GET")]
    [InlineData("POST application/x-www-form-urlencoded a=b", "--data", "a=b")]
    [InlineData("PUT  ", "--method", "PUT")]
    public async Task Method_and_body_are_as_curl_has_them(string expected, params string[] options)
    {
        string? seen = null;
        await using PathServer server = await PathServer.StartAsync(async context =>
        {
            using StreamReader body = new(context.Request.Body);
            seen = $"{context.Request.Method} {context.Request.ContentType} {await body.ReadToEndAsync()}";
        });

        await ProbeAsync(13, server.Url, null, options);

        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData("--header: it must be 'Name: value' in visible ASCII, as one argument.\n", "--header", "SECRET")]
    [InlineData("--header: it must be 'Name: value' in visible ASCII, as one argument.\n", "--header", "X: SECRET\r\nY: z")]
    [InlineData("Unknown argument: a header is one argument, as in --header 'Name: value'.\n", "--header", "Authorization:", "Bearer",
        "SECRET")]
    [InlineData("--header: Content-Length cannot be set here.\n", "--header", "Content-Length: 5")]
    [InlineData("--method: 'a b' is not a method.\n", "--method", "a b")]
    [InlineData("Cannot read the data file '/nowhere/data': there is no such file.\n", "--data", "@/nowhere/data")]
    public async Task Request_that_is_none_is_refused_and_a_header_is_not_repeated(string message, params string[] options)
    {
        (int exitCode, string output, string error) = await AgentCommand.RunAsync(["probe", "http://127.0.0.1:1/", .. options]);

        Assert.Equal((2, "", message), (exitCode, output, error));
    }

    [Fact]
    public async Task Header_without_quotes_in_the_url_s_place_is_not_repeated()
    {
        (int exitCode, _, string error) = await AgentCommand.RunAsync(["probe", "--header", "X-Key:", "SECRET"]);

        Assert.Equal(2, exitCode);
        Assert.DoesNotContain("SECRET", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_that_shows_who_asks_wants_tls()
    {
        (int exitCode, _, string error) = await AgentCommand.RunAsync(
            ["probe", "http://control.example/", "--header", "Authorization: Bearer SECRET"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("plain http, and everybody on the way could read the key", error, StringComparison.Ordinal);
    }

    private static string Steps(params int[] sent) => string.Concat(sent.Select(at => $"event: step\ndata: {at}\n\n"));

    private static async Task<ControlPlaneHost> ControlPlaneAsync()
    {
        ControlPlaneHost controlPlane = new(new ControlPlaneOptions { Keys = RunningControlPlane.Keys(1) });
        await controlPlane.StartAsync();
        return controlPlane;
    }

    /// <summary>Something at once, and something else again and again, or once before the end.</summary>
    private static async Task StreamAsync(HttpContext context, string first, string then, int milliseconds = 200, bool ends = false)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(first);
        await context.Response.Body.FlushAsync();
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(milliseconds));
        try
        {
            while (await timer.WaitForNextTickAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(then, context.RequestAborted);
                if (ends)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Its reader has gone.
        }
    }

    private static async Task<JsonElement> ProbeAsync(int expectedExitCode, string url, string? key = null, params string[] options)
    {
        Dictionary<string, string> environment = key is null ? [] : new() { ["UNARR_API_KEY"] = key };
        await using AgentCommand probe = AgentCommand.Start(["probe", "--json", url, .. options], environment: environment);
        int exitCode = await probe.Ended.WaitAsync(AgentCommand.Patience);
        string? line = await probe.ReadLineAsync();
        Assert.True(exitCode == expectedExitCode, $"Exit code {exitCode}: {line} {probe.Error}");
        return JsonDocument.Parse(line!).RootElement;
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
