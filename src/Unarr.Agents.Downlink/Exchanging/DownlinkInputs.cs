using System.Collections.Concurrent;
using System.Threading.Channels;
using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Agents.Downlink.Exchanging;

/// <summary>What happens to a downlink, one at a time, for the one loop that decides.</summary>
internal sealed class DownlinkInputs
{
    private readonly Channel<DownlinkInput> _posted =
        Channel.CreateBounded<DownlinkInput>(new BoundedChannelOptions(16) { SingleReader = true });

    // One for each sync, or key that is accepted: few.
    private readonly ConcurrentQueue<DownlinkInput> _signals = new();

    /// <summary>For exchanges: one that is ahead of the decisions waits for room.</summary>
    public ChannelWriter<DownlinkInput> Writer => _posted.Writer;

    /// <summary>Posts what can neither wait nor be left out.</summary>
    public void Signal(in DownlinkInput input)
    {
        _signals.Enqueue(input);
        Wake();
    }

    /// <summary>The machine's due time has come, or nothing has: then it is ignored.</summary>
    public void Wake() => _posted.Writer.TryWrite(new DownlinkInput(DownlinkInputKind.Due));

    /// <summary>The next input.</summary>
    public ValueTask<DownlinkInput> ReadAsync(CancellationToken cancellationToken) => _signals.TryDequeue(out DownlinkInput signal)
        ? ValueTask.FromResult(signal)
        : _posted.Reader.ReadAsync(cancellationToken);
}
