using System.Buffers.Text;
using System.Text;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>The bytes of a payload, whose task ids change before each decoding where they are to be new.</summary>
internal sealed class TaskIds
{
    private readonly byte[] _payload;
    private readonly int[] _places;
    private uint _task;

    public TaskIds(Corpus corpus)
    {
        _payload = corpus.Bytes.ToArray();
        _places = corpus.HasNewTasks ? [.. Places(_payload)] : [];
    }

    public ReadOnlySpan<byte> Next()
    {
        _task++;
        foreach (int place in _places)
        {
            Utf8Formatter.TryFormat(_task, _payload.AsSpan(place), out _, new('x', (byte)Standard.FirstTask.Length));
        }

        return _payload;
    }

    private static IEnumerable<int> Places(byte[] payload)
    {
        byte[] first = Encoding.UTF8.GetBytes(Standard.FirstTask);
        for (int at = 0; payload.AsSpan(at).IndexOf(first) is >= 0 and int next; at += next + first.Length)
        {
            yield return at + next;
        }
    }
}
