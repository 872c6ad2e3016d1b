using System.IO.Compression;
using System.Net;

namespace Unarr.Pipelines.Sse;

/// <summary>A body that came in a content coding (RFC 9110, 8.4.1), read as what it was before.</summary>
/// <remarks>The handlers of .NET can do so too, with the compressors of three codings: more code than all of the client.</remarks>
internal sealed class DecodedContent : HttpContent
{
    /// <summary>The codings that can be decoded, as a request names them.</summary>
    public const string Codings = "gzip, deflate, br";

    private readonly HttpContent _coded;
    private readonly Func<Stream, Stream> _decode;

    private DecodedContent(HttpContent coded, Func<Stream, Stream> decode)
    {
        _coded = coded;
        _decode = decode;
        foreach (var (name, values) in coded.Headers.NonValidated)
        {
            if (!name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }
    }

    /// <summary>Has a response's body decoded when it is read, where it came in one of <see cref="Codings"/>; any other stays as it
    /// is.</summary>
    public static void Decode(HttpResponseMessage response)
    {
        if (response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var fields)
            && DecoderOf(ContentCoding.All(fields)) is { } decode)
        {
            response.Content = new DecodedContent(response.Content, decode);
        }
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => OpenAsync(CancellationToken.None);

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await using Stream body = await OpenAsync(CancellationToken.None).ConfigureAwait(false);
        await body.CopyToAsync(stream).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _coded.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Func<Stream, Stream>? DecoderOf(IReadOnlyList<string> codings) => codings switch
    {
        ["gzip" or "x-gzip"] => static body => new GZipStream(body, CompressionMode.Decompress),
        ["deflate"] => static body => new ZLibStream(body, CompressionMode.Decompress),
        ["br"] => static body => new BrotliBody(body),
        _ => null,
    };

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
        _decode(await _coded.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
}
