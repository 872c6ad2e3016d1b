using System.IO.Compression;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>Compresses a body in a content coding.</summary>
internal static class Packing
{
    public static Stream Of(string coding, Stream body) => coding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true),
        _ => throw new ArgumentException("There is no such coding.", nameof(coding)),
    };
}
