using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Lines;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class MalformedRequestTests
{
    private const string Hostile = "a\u001b[31m\u0085\u2028\u202eb\r\nfail: forged\u0000";

    /// <summary>A request up to a point, its rest, and how its answer begins.</summary>
    public static TheoryData<string, string, string> Requests
    {
        get
        {
            TheoryData<string, string, string> requests = [];
            string[] heads =
            [
                "POST /api/internal/agent/sync HTTP/1.1\r\nHost: x\r\n",
                "POST /api/internal/agent/sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-of-a1\r\n",
                "POST /api/operator/session HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/json\r\n",
                "POST /api/operator/agents/a1/controls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer operator-key\r\n",
            ];
            string[] bodies =
            [
                "Transfer-Encoding: chunked\r\n\r\n|zzz\r\n", "Transfer-Encoding: chunked\r\n\r\n|FFFFFFFFFFFFFFFFFF\r\n",
                "Transfer-Encoding: chunked\r\n\r\n|-1\r\n", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n|\r\n",
            ];
            foreach (string head in heads)
            {
                foreach (string body in bodies)
                {
                    string[] parts = body.Split('|');
                    requests.Add(head + parts[0], parts[1], "4");
                }
            }

            requests.Add("GARBAGE\r\n\r\n", "", "400");
            requests.Add("GET / HTTP/1.1\r\n\r\n", "", "400");
            requests.Add("GET /\u001b[31m%1b%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n", "", "4");
            requests.Add("GET / HTTP/1.1\r\nHost: x\r\nA \u001b: \u0007\r\n\r\n", "", "400");
            return requests;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Malformed_request_however_often_is_a_4xx_and_a_few_short_lines_without_a_stack(
        string head, string rest, string status)
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        await using (RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            Logging = logging => logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddProvider(log),
        }))
        {
            for (int i = 0; i < 30; i++)
            {
                using TcpClient client = new(plane.Host.BaseAddress.Host, plane.Host.BaseAddress.Port);
                NetworkStream stream = client.GetStream();
                await stream.WriteAsync(Encoding.Latin1.GetBytes(head), plane.Deadline);
                client.NoDelay = i % 2 == 0;
                await stream.WriteAsync(Encoding.Latin1.GetBytes(rest), plane.Deadline);
                using StreamReader reader = new(stream, Encoding.Latin1);
                Assert.StartsWith($"HTTP/1.1 {status}", await reader.ReadLineAsync(plane.Deadline), StringComparison.Ordinal);
            }
        }

        // Time stands still: whatever comes in one second is one line.
        Assert.True(lines.Count(line => line.StartsWith("Malformed", StringComparison.Ordinal)) <= 1, string.Join('\n', lines));
        Assert.True(lines.Sum(line => line.Length) < 2000, string.Join('\n', lines));
        Assert.DoesNotContain(lines, line => line.Contains("   at ", StringComparison.Ordinal) || line.Any(char.IsControl));
    }

    [Fact]
    public async Task Id_that_an_agent_reports_is_logged_once_without_what_could_move_a_cursor()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            Logging = logging => logging.AddProvider(log),
        });
        for (int i = 0; i < 250; i++)
        {
            foreach (string id in new[] { "other", Hostile })
            {
                string body = $$"""{"agentId":{{System.Text.Json.JsonSerializer.Serialize(id)}},"name":"n"}""";
                Answer sync = await plane.SendAsync(HttpMethod.Post, "/api/internal/agent/sync", RunningControlPlane.KeyOf("a1"), body);
                Assert.Equal(200, sync.Status);
            }
        }

        string[] told = [.. lines.Where(line => line.Contains("calls itself", StringComparison.Ordinal))];
        Assert.Equal(2, told.Length);
        Assert.EndsWith(@"calls itself a\u001b[31m\u0085\u2028\u202eb  fail: forged\u0000", told[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_an_agent_reports_are_told_apart_up_to_a_bound()
    {
        ReportedIds ids = new();
        Assert.Equal(ReportedIds.MaxEach, Enumerable.Range(0, 1000).Count(id => ids.IsNew("a1", $"{id}")));
        Assert.True(ids.IsNew("a2", "1"));
    }

    [Theory]
    [InlineData("plain, Größe, 漢字, 😀", "plain, Größe, 漢字, 😀")]
    [InlineData("\ue000|\u200e|\U000e0001", @"\ue000|\u200e|\U000e0001")]
    [InlineData("one\r\ntwo", "one  two")]
    public void Line_holds_only_what_is_visible(string text, string line) => Assert.Equal(line, Printable.Line(text));

    [Fact]
    public void Half_of_a_surrogate_pair_is_escaped() => Assert.Equal(@"a\ud83d", Printable.Line("a\ud83d"));

    [Fact]
    public async Task Body_of_a_sign_in_is_bounded()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        using HttpResponseMessage small = await session.SignInAsync(RunningControlPlane.OperatorKey);
        Assert.Equal(204, (int)small.StatusCode);
        using HttpResponseMessage large = await session.SignInAsync(new string('k', 4096));
        Assert.Equal(413, (int)large.StatusCode);
    }
}
