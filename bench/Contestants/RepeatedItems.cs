using System.Net.ServerSentEvents;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>One item many times, without a cost of its own: what is measured is the formatter.</summary>
internal sealed class RepeatedItems(SseItem<ReadOnlyMemory<byte>> item, int count)
    : IAsyncEnumerable<SseItem<ReadOnlyMemory<byte>>>, IAsyncEnumerator<SseItem<ReadOnlyMemory<byte>>>
{
    private int _left;

    public SseItem<ReadOnlyMemory<byte>> Current => item;

    public IAsyncEnumerator<SseItem<ReadOnlyMemory<byte>>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        _left = count;
        return this;
    }

    public ValueTask<bool> MoveNextAsync() => new(_left-- > 0);

    public ValueTask DisposeAsync() => default;
}
