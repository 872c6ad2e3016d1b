using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>What is known of an agent's pending controls without reading the file. It does not change.</summary>
/// <param name="Size">How much the agent has pending.</param>
/// <param name="Controls">All of its pending controls in their order; <see langword="null"/> where they are in the file only.</param>
internal sealed record HeldQueue(QueueSize Size, ControlRecord[]? Controls)
{
    /// <summary>How many controls of one agent are held.</summary>
    public const int MaxControls = 64;

    /// <summary>How many bytes of one agent are held, as written.</summary>
    public const int MaxBytes = 16 * 1024;

    // A record is some objects and strings around what is written.
    private const int BytesAround = 400;

    public static HeldQueue Empty { get; } = new(default, []);

    /// <summary>How much memory it takes, about.</summary>
    public long HeldBytes => Controls is null ? 0 : Size.Bytes + ((long)BytesAround * Size.Controls);

    public HeldQueue Add(ControlRecord[] further, QueueSize size)
    {
        QueueSize all = Size + size;
        return new HeldQueue(all, Controls is null || !Fits(all) ? null : Controls.Length == 0 ? further : [.. Controls, .. further]);
    }

    /// <summary>Notes how a pending control is after an update.</summary>
    /// <param name="changed">The control.</param>
    /// <param name="bytes">How many bytes it is as written.</param>
    public HeldQueue Change(ControlRecord changed, int bytes)
    {
        QueueSize size = changed.IsEnded ? Size - new QueueSize(1, bytes) : Size;
        if (size.Controls == 0)
        {
            return Empty;
        }

        ControlRecord now = changed with { PreviousState = ControlState.None };
        return new HeldQueue(size, Controls is null ? null
            : changed.IsEnded ? Array.FindAll(Controls, record => record.Sequence != now.Sequence)
            : Array.ConvertAll(Controls, record => record.Sequence == now.Sequence ? now : record));
    }

    /// <summary>Takes in all of the agent's pending controls, where they are few.</summary>
    public HeldQueue Hold(ControlRecord[] all) => Fits(Size) ? this with { Controls = all } : this;

    public ControlRecord? Find(string id) => Controls is null ? null : Array.Find(Controls, record => record.Id == id);

    public IReadOnlyList<ControlRecord> ReadAfter(long sequence, int maxCount)
    {
        int first = Array.FindIndex(Controls!, record => record.Sequence > sequence);
        if (first < 0)
        {
            return [];
        }

        return new ArraySegment<ControlRecord>(Controls!, first, Math.Min(maxCount, Controls!.Length - first));
    }

    private static bool Fits(QueueSize size) => size.Controls <= MaxControls && size.Bytes <= MaxBytes;
}
