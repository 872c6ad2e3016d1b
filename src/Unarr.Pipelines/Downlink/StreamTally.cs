using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Downlink;

/// <summary>What one read of a stream brought, by kind.</summary>
internal struct StreamTally
{
    public int Comments { get; private set; }

    public int Commands { get; private set; }

    public int Syncs { get; private set; }

    public int Messages { get; private set; }

    /// <summary>Events of a type that is no tag: what a peer names must not become one.</summary>
    public int Others { get; private set; }

    public readonly int Frames => Comments + Commands + Syncs + Messages + Others;

    public void Comment() => Comments++;

    public void Command() => Commands++;

    public void Sync() => Syncs++;

    public void Other(in SseFrame frame)
    {
        if (frame.IsEvent("message"u8))
        {
            Messages++;
        }
        else
        {
            Others++;
        }
    }
}
