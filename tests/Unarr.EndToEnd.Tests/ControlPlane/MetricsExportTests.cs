using Unarr.ControlPlane.Hosting;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class MetricsExportTests
{
    [Fact]
    public async Task Prometheus_gets_the_hub_s_instruments_on_an_address_of_its_own_and_nothing_else()
    {
        await using MetricsExport? metrics = await MetricsExport.StartAsync("127.0.0.1:0", static _ => null, CancellationToken.None);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", """{"action":"pause"}""");
        using HttpClient client = new();

        using HttpResponseMessage scraped = await client.GetAsync(metrics!.Address, plane.Deadline);
        string text = await scraped.Content.ReadAsStringAsync(plane.Deadline);

        Assert.Equal("text/plain", scraped.Content.Headers.ContentType?.MediaType);
        Assert.Contains("# TYPE unarr_hub_controls_pushed", text, StringComparison.Ordinal);

        // Other tests of this process push as well.
        Assert.Matches("(?m)^unarr_hub_controls_pushed[a-z_]*(\\{[^}]*\\})? [1-9]", text);
        Assert.Contains("service_name=\"unarr-controlplane\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningControlPlane.OperatorKey, text, StringComparison.Ordinal);
        foreach (string path in (string[])["/", "/health", "/api/operator/agents"])
        {
            using HttpResponseMessage other = await client.GetAsync(new Uri(metrics.Address!, path), plane.Deadline);
            Assert.Equal(404, (int)other.StatusCode);
        }

        Assert.Equal(404, (await plane.SendAsync(HttpMethod.Get, "/metrics", RunningControlPlane.OperatorKey)).Status);
    }

    [Fact]
    public async Task Nothing_is_started_where_nothing_is_asked_for() =>
        Assert.Null(await MetricsExport.StartAsync(null, static _ => null, CancellationToken.None));
}
