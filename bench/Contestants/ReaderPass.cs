using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>The reader over a stream.</summary>
internal sealed class ReaderPass(Stream stream, SseDialect dialect) : IAsyncDisposable
{
    private readonly SseReader _reader = new(stream, new SseReaderOptions { Dialect = dialect });

    public int Frames { get; private set; }

    public async ValueTask<long> ReadAsync(Corpus corpus)
    {
        // The agent dialect knows no reconnection time, so events are what both dialects have as many of.
        long dataBytes = 0;
        int frames = 0;
        int items = 0;
        while (items < corpus.Items && await _reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_reader.TryRead(out SseFrame frame))
            {
                frames++;
                items += frame.Kind == SseFrameKind.Event ? 1 : 0;
                dataBytes += frame.Data.Length;
            }
        }

        Frames = frames;
        return dataBytes;
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();
}
