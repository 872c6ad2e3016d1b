using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>How a real <c>serve</c> is set up: its warnings, its environment, what it hands out.</summary>
public sealed class ServeSetupTests : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));

    public void Dispose() => _deadline.Dispose();

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task Keys_file_that_others_can_read_and_plain_http_over_a_network_are_warned_of()
    {
        Needs.Linux();
        await using ServedProcess open = await ServedProcess.StartAsync(_deadline.Token, null, "--urls", "http://0.0.0.0:0");
        open.ReadLog();
        await open.WaitForLineAsync("can be read by others than its owner", _deadline.Token);
        await open.WaitForLineAsync("is plain http, and not loopback", _deadline.Token);

        File.SetUnixFileMode(open.Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await open.SignalAsync("HUP");
        await open.WaitForLineAsync("were read again", _deadline.Token);
        Assert.False(await SaysUntilItEndsAsync(open, "can be read by others"));
    }

    [Fact]
    public async Task Plain_http_is_not_warned_of_on_loopback_or_behind_a_trusted_proxy()
    {
        await using ServedProcess loopback = await ServedProcess.StartAsync(
            _deadline.Token, null, "--urls", "http://127.0.0.1:0;http://[::1]:0");
        loopback.ReadLog();
        Assert.False(await SaysUntilItEndsAsync(loopback, "is plain http"));
        await using ServedProcess behind = await ServedProcess.StartAsync(
            _deadline.Token, null, "--urls", "http://0.0.0.0:0", "--trusted-proxy", "10.0.0.0/8");
        behind.ReadLog();
        Assert.False(await SaysUntilItEndsAsync(behind, "is plain http"));
    }

    [Fact]
    public async Task Collector_that_the_environment_names_gets_the_metrics()
    {
        using TcpListener collector = new(IPAddress.Loopback, 0);
        collector.Start();
        Dictionary<string, string> environment = new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.LocalEndpoint}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_SERVICE_NAME"] = "desk",
        };
        await using ServedProcess serve = await ServedProcess.StartAsync(environment, _deadline.Token);
        serve.ReadLog();

        using TcpClient client = await collector.AcceptTcpClientAsync(_deadline.Token);
        byte[] buffer = new byte[64 * 1024];
        StringBuilder seen = new();
        while (!seen.ToString().Contains("desk", StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(buffer, _deadline.Token);
            Assert.True(read > 0, $"The exporter sent only: {seen}");
            seen.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        Assert.StartsWith("POST /v1/metrics HTTP/1.1", seen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environment_and_file_set_what_no_argument_does()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "[serve]\nqueue = 2\nlog_format = \"plain\"\n", _deadline.Token);
        Dictionary<string, string> environment = new()
        {
            ["UNARR_CONFIG"] = file,
            ["UNARR_LOG_FORMAT"] = "json",
            ["UNARR_LOG_LEVEL"] = "Debug",
        };
        await using ServedProcess serve = await ServedProcess.StartAsync(environment, _deadline.Token);
        serve.ReadLog();
        using HttpClient client = new() { BaseAddress = serve.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "operator-key");
        using StringContent three = new("""[{"action":"a"},{"action":"b"},{"action":"c"}]""");

        using HttpResponseMessage refused = await client.PostAsync("/api/operator/agents/a1/controls", three, _deadline.Token);

        Assert.Equal(429, (int)refused.StatusCode);
        await serve.SignalAsync("HUP");
        string line = await serve.WaitForLineAsync("were read again", _deadline.Token);
        Assert.Equal("Information", JsonDocument.Parse(line).RootElement.GetProperty("LogLevel").GetString());
        File.Delete(file);
    }

    /// <summary>Ends it, and says whether any line of its log that has not been read holds a text.</summary>
    private async Task<bool> SaysUntilItEndsAsync(ServedProcess serve, string text)
    {
        await serve.SignalAsync("TERM");
        await serve.WaitForExitAsync(_deadline.Token);
        bool says = false;
        await foreach (string line in serve.Log.ReadAllAsync(_deadline.Token))
        {
            says |= line.Contains(text, StringComparison.Ordinal);
        }

        return says;
    }
}
