namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>The contestants, as the table calls them.</summary>
internal static class Names
{
    public const string Parser = "SseParser<T>";
    public const string FramerHtml = "SseFramer Html";
    public const string FramerAgent = "SseFramer Agent";
    public const string Count = "Span.Count(LF)";
    public const string ReaderHtml = "SseReader Html";
    public const string ReaderAgent = "SseReader Agent";
    public const string Formatter = "SseFormatter";
    public const string WriterHtml = "SseWriter Html";
    public const string WriterAgent = "SseWriter Agent";
    public const string WriterToBody = "SseWriter, BodyWriter";
    public const string PlainContext = "JSON context";
    public const string ProtocolContext = "protocol's context";
    public const string Floor = "read and drop";
    public const string Reader = "SseReader";
    public const string ReaderOwnHandler = "SseReader, CreateHandler";
    public const string ReaderOverPipe = "SseReader, PipeReader";
}
