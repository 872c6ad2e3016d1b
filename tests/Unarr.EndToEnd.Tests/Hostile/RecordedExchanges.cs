using System.Net.Sockets;
using System.Text;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>What a real control plane answered on each endpoint, byte for byte.</summary>
public sealed class RecordedExchanges : IAsyncLifetime
{
    private readonly Dictionary<string, byte[]> _answers = [];

    /// <summary>The answer of an endpoint, status line and headers included;
    /// the event stream's ends behind a control and a sync event.</summary>
    public ReadOnlyMemory<byte> this[string endpoint] => _answers[endpoint];

    public async Task InitializeAsync()
    {
        await using ControlPlaneHost host = new(new ControlPlaneOptions { Keys = RunningControlPlane.Keys(1) });
        await host.StartAsync();

        // The controls first: a nudge at once might come before them.
        _answers["events"] = await RecordAsync(
            host, "GET", "events", "event: sync",
            ("\r\n\r\n", () => host.PushAsync("a1", [Control("pause"), Control("resume")])),
            ("task-of-resume", () => NudgeAsync(host)));
        _answers["sync"] = await RecordAsync(host, "POST", "sync", "\"watching\":false}");
        _answers["wake"] = await RecordAsync(host, "GET", "wake", "{\"wake\":true}", ("", () => NudgeAsync(host)));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static Control Control(string action) => new(action, $"task-of-{action}");

    private static Task NudgeAsync(ControlPlaneHost host)
    {
        host.Nudge("a1");
        return Task.CompletedTask;
    }

    /// <param name="host">Who answers.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="endpoint">What is asked.</param>
    /// <param name="last">With what the answer ends.</param>
    /// <param name="steps">What is done when the answer holds a text.</param>
    private static async Task<byte[]> RecordAsync(
        ControlPlaneHost host, string method, string endpoint, string last, params (string Behind, Func<Task> Act)[] steps)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host.BaseAddress.Host, host.BaseAddress.Port, deadline.Token);
        string body = method == "POST" ? """{"agentId":"a1","name":"n","appliedControls":[]}""" : "";
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"{method} /api/internal/agent/{endpoint} HTTP/1.1\r\nHost: x\r\n"
                + $"Authorization: Bearer {RunningControlPlane.KeyOf("a1")}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
            deadline.Token);
        List<byte> answer = [];
        byte[] buffer = new byte[4096];
        int done = 0;
        int end = -1;
        while (end < 0 || !EndsChunk(answer))
        {
            string text = Encoding.Latin1.GetString([.. answer]);
            while (done < steps.Length && text.Contains(steps[done].Behind, StringComparison.Ordinal))
            {
                await steps[done++].Act();
            }

            int read = await socket.ReceiveAsync(buffer, deadline.Token);
            Assert.NotEqual(0, read);
            answer.AddRange(buffer[..read]);
            end = Encoding.Latin1.GetString([.. answer]).IndexOf(last, StringComparison.Ordinal);
        }

        return [.. answer];

        bool EndsChunk(List<byte> bytes) =>
            !Encoding.Latin1.GetString([.. bytes]).Contains("chunked", StringComparison.Ordinal) || bytes is [.., (byte)'\r', (byte)'\n'];
    }
}
