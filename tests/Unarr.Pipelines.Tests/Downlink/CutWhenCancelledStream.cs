using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Holds every read until it is cancelled, and then fails as a connection does that is cut in the same moment.</summary>
internal sealed class CutWhenCancelledStream : ReadStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new IOException("Connection reset by peer");
    }
}
