using System.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>The id of the last event taken, over all connections. Any thread; a new id costs no string until one is asked for.</summary>
internal sealed class TakenId
{
    /// <summary>"An id longer than 4 KiB is not sent."</summary>
    public const int MostSent = 4 * 1024;

    private readonly Lock _gate = new();
    private byte[] _bytes = [];
    private int _length;
    private string? _text = "";

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _text ??= Encoding.UTF8.GetString(_bytes.AsSpan(0, _length));
            }
        }
    }

    public void Set(string id)
    {
        lock (_gate)
        {
            _text = id;
        }
    }

    public void Set(ReadOnlySpan<byte> id)
    {
        lock (_gate)
        {
            if (id.Length > MostSent)
            {
                _text = Encoding.UTF8.GetString(id);
                return;
            }

            if (id.Length > _bytes.Length)
            {
                _bytes = new byte[Math.Max(64, id.Length * 2)];
            }

            id.CopyTo(_bytes);
            _length = id.Length;
            _text = null;
        }
    }
}
