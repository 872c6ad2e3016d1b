using System.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>The id of the last event taken, over all connections. One thread sets it, any thread reads it; setting it costs no lock and no
/// string.</summary>
internal sealed class TakenId
{
    /// <summary>"An id longer than 4 KiB is not sent."</summary>
    public const int MostSent = 4 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private string? _text = "";
    private Made? _made;

    // Odd while the id changes: whoever reads it meanwhile reads it again.
    private int _version;

    public string Text
    {
        get
        {
            var wait = default(SpinWait);
            while (true)
            {
                int version = Volatile.Read(ref _version);
                if (Volatile.Read(ref _made) is { } made && made.Version == version)
                {
                    return made.Text;
                }

                if ((version & 1) == 0)
                {
                    byte[] bytes = _bytes;
                    string text = _text ?? Encoding.UTF8.GetString(bytes, 0, Math.Min(_length, bytes.Length));
                    Interlocked.MemoryBarrier();
                    if (Volatile.Read(ref _version) == version)
                    {
                        Volatile.Write(ref _made, new Made(version, text));
                        return text;
                    }
                }

                wait.SpinOnce();
            }
        }
    }

    public void Set(string id)
    {
        Interlocked.Increment(ref _version);
        _text = id;
        Volatile.Write(ref _version, _version + 1);
    }

    public void Set(ReadOnlySpan<byte> id)
    {
        if (id.Length > MostSent)
        {
            Set(Encoding.UTF8.GetString(id));
            return;
        }

        Interlocked.Increment(ref _version);
        if (id.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(64, id.Length * 2)];
        }

        id.CopyTo(_bytes);
        _length = id.Length;
        _text = null;
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>The text of one version.</summary>
    private sealed class Made(int version, string text)
    {
        public int Version => version;

        public string Text => text;
    }
}
