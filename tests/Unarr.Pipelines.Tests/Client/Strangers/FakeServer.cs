using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Unarr.Pipelines.Hosting;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Tests.Client.Strangers;

/// <summary>A user's fake: an HTTP handler and a factory in one, with a clock of the test's.</summary>
internal sealed class FakeServer(params string[] answers) : HttpMessageHandler, ISseClientFactory
{
    private int _next;

    public List<HttpRequestMessage> Requests { get; } = [];

    public SseClient CreateClient(string name, Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>>? createRequest = null) =>
        new(
            new HttpMessageInvoker(this),
            createRequest ?? ((_, _) => new(new HttpRequestMessage(HttpMethod.Get, "http://fake/"))),
            timeProvider: new FakeTimeProvider());

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return Task.FromResult(_next == answers.Length
            ? new HttpResponseMessage(HttpStatusCode.NoContent)
            : new() { Content = new StringContent(answers[_next++], Encoding.UTF8, "text/event-stream") });
    }
}
