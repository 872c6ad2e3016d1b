using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>A response that knows whether it was given back.</summary>
internal sealed class TrackedResponse : HttpResponseMessage
{
    public TrackedResponse(HttpStatusCode status, byte[] body, string? type, params (string Name, string Value)[] headers)
        : this(status, new MemoryStream(body), type, headers)
    {
    }

    public TrackedResponse(
        HttpStatusCode status, string body, string? type = "application/json", params (string Name, string Value)[] headers)
        : this(status, Encoding.UTF8.GetBytes(body), type, headers)
    {
    }

    public TrackedResponse(HttpStatusCode status, Stream body, string? type, params (string Name, string Value)[] headers)
        : base(status)
    {
        Content = new StreamContent(body);
        Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        foreach ((string name, string value) in headers)
        {
            if (!Headers.TryAddWithoutValidation(name, value))
            {
                Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    public bool IsDisposed { get; private set; }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
