using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>What one read of a stream brought, by kind.</summary>
internal struct StreamTally
{
    private bool _hasFrames;

    /// <summary>Comments that may be heartbeats: not right behind an event.</summary>
    public int Comments { get; private set; }

    /// <summary>"The hub writes a comment in a write of its own right after each event": no heartbeats.</summary>
    public int Companions { get; private set; }

    public bool BeginsWithComment { get; private set; }

    public bool EndsWithEvent { get; private set; }

    public int Commands { get; private set; }

    public int Syncs { get; private set; }

    public int Messages { get; private set; }

    /// <summary>Events of a type that is no tag: what a peer names must not become one.</summary>
    public int Others { get; private set; }

    public readonly int Frames => Comments + Companions + Commands + Syncs + Messages + Others;

    public void Comment()
    {
        if (EndsWithEvent)
        {
            Companions++;
        }
        else
        {
            Comments++;
        }

        BeginsWithComment |= !_hasFrames;
        Took(isEvent: false);
    }

    public void Command()
    {
        Commands++;
        Took(isEvent: true);
    }

    public void Sync()
    {
        Syncs++;
        Took(isEvent: true);
    }

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

        Took(isEvent: true);
    }

    private void Took(bool isEvent)
    {
        _hasFrames = true;
        EndsWithEvent = isEvent;
    }
}
