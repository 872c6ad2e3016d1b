using System.Runtime.CompilerServices;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>The framer on contiguous memory: one append a pass.</summary>
internal sealed class FramerPass(SseDialect dialect) : IDisposable
{
    private readonly SseFramer _framer = new(new SseReaderOptions { Dialect = dialect });

    public int Frames { get; private set; }

    // Without it this loop can stay in code replaced on the stack, half as fast; what it calls is compiled as for any user.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public long Read(Corpus corpus)
    {
        long dataBytes = 0;
        int frames = 0;
        _framer.Append(corpus.Bytes);
        while (_framer.TryRead(out SseFrame frame))
        {
            frames++;
            dataBytes += frame.Data.Length;
        }

        Frames = frames;
        return dataBytes;
    }

    public void Dispose() => _framer.Dispose();
}
