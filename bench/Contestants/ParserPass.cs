using System.Net.ServerSentEvents;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>The baseline: the in-box parser with an item parser that makes no strings.</summary>
internal sealed class ParserPass(Stream stream) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<SseItem<int>> _items = Open(stream).GetAsyncEnumerator();

    public static IAsyncEnumerable<SseItem<int>> Open(Stream stream) =>
        SseParser.Create(stream, static (_, data) => data.Length).EnumerateAsync();

    public async ValueTask<long> ReadAsync(Corpus corpus)
    {
        long dataBytes = 0;
        for (int item = 0; item < corpus.Items; item++)
        {
            await _items.MoveNextAsync().ConfigureAwait(false);
            dataBytes += _items.Current.Data;
        }

        return dataBytes;
    }

    public ValueTask DisposeAsync() => _items.DisposeAsync();
}
