using System.Net.Http.Headers;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Live;

/// <summary>Tells of the bytes that come on event streams.</summary>
internal sealed class HeardHandler(HttpMessageHandler inner, Action<int> heard) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!EventStreamType.IsNamedBy(RawFields.Of(response.Content.Headers, "Content-Type")))
        {
            return response;
        }

        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var content = new StreamContent(new CountedStream(body, heard));
        foreach (KeyValuePair<string, HeaderStringValues> header in response.Content.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        response.Content = content;
        return response;
    }
}
