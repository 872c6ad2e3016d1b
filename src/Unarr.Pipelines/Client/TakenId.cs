namespace Unarr.Pipelines.Sse;

/// <summary>The id of the last event taken, over all connections. Any thread reads it; an event with an id costs it nothing.</summary>
internal sealed class TakenId
{
    /// <summary>"An id longer than 4 KiB is not sent."</summary>
    public const int MostSent = 4 * 1024;

    private Known _known = new("", null, 0);

    public string Text
    {
        get
        {
            var wait = default(SpinWait);
            while (true)
            {
                Known known = Volatile.Read(ref _known);
                if (known.Framer is not { } framer || framer.TakenIdVersion == known.Version)
                {
                    return known.Text;
                }

                if (framer.TryReadTakenId(out int version, out string text))
                {
                    Interlocked.CompareExchange(ref _known, new Known(text, framer, version), known);
                    return text;
                }

                wait.SpinOnce();
            }
        }
    }

    /// <summary>Sets the id; that of the next event taken replaces it.</summary>
    public void Set(string id) => Set(id, Volatile.Read(ref _known).Framer);

    /// <summary>Takes further ids from the framer of a connection; the id stays until then.</summary>
    public void Follow(SseFramer framer) => Set(Text, framer);

    private void Set(string id, SseFramer? framer)
    {
        var wait = default(SpinWait);
        int version;
        while (((version = framer?.TakenIdVersion ?? 0) & 1) != 0)
        {
            wait.SpinOnce();
        }

        Volatile.Write(ref _known, new Known(id, framer, version));
    }

    /// <summary>The id at one version of a framer's.</summary>
    private sealed class Known(string text, SseFramer? framer, int version)
    {
        public string Text => text;

        public SseFramer? Framer => framer;

        public int Version => version;
    }
}
