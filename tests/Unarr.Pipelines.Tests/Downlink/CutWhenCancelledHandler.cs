using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Answers every request with a body that <see cref="CutWhenCancelledStream"/> is.</summary>
internal sealed class CutWhenCancelledHandler : HttpMessageHandler
{
    private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();

    /// <summary>Waits for a request to an endpoint.</summary>
    public async Task WaitForAsync(string endpoint)
    {
        await foreach (string request in _requests.Reader.ReadAllAsync())
        {
            if (request == endpoint)
            {
                return;
            }
        }
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _requests.Writer.TryWrite(request.RequestUri!.Segments[^1]);
        var content = new StreamContent(new CutWhenCancelledStream())
        {
            Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") },
        };
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
    }
}
