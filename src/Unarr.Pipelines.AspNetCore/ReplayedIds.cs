using System.Text;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>The ids that a reader has at the end of its replay: live events that have one of them are not sent again.</summary>
/// <remarks>
/// An event is in the replay and comes live as well when it was stored before the replay read the store, and sent after the reader had
/// joined. Such events wait in the mailbox, or are about to be sent: they are among the last of the replay. The reader's last event may be
/// one of them too: it can have come by the replay of an earlier stream.
/// </remarks>
internal sealed class ReplayedIds
{
    // How many events may be stored and not yet sent at one moment.
    private const int MaxOnTheirWay = 64;

    private const int MaxStackChars = 256;

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private int _left;

    /// <param name="lastEventId">The event that the reader had last, before the replay.</param>
    /// <param name="replay">What the replay wrote.</param>
    /// <param name="maxUnsent">How many events may wait in the mailbox.</param>
    public ReplayedIds(string lastEventId, ReadOnlySpan<byte> replay, int maxUnsent)
    {
        _ids.Add(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(lastEventId)));
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _left = (int)Math.Min((long)maxUnsent + MaxOnTheirWay, int.MaxValue);
        while (_ids.Count < _left && !replay.IsEmpty)
        {
            int line = replay[..^1].LastIndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> id = IdIn(replay[line..]);
            if (!id.IsEmpty)
            {
                _ids.Add(Encoding.Latin1.GetString(id));
            }

            replay = replay[..line];
        }
    }

    /// <summary>Whether events have yet to be compared: false when so many have passed that none can come twice.</summary>
    public bool IsNeeded => _left > 0;

    /// <summary>Whether the replay has brought a live event already.</summary>
    public bool Holds(ReadOnlySpan<byte> encoded)
    {
        _left--;
        ReadOnlySpan<byte> id = IdIn(encoded);
        if (id.IsEmpty)
        {
            return false;
        }

        Span<char> chars = id.Length <= MaxStackChars ? stackalloc char[id.Length] : new char[id.Length];
        Encoding.Latin1.GetChars(id, chars);
        return _lookup.Contains(chars);
    }

    // A line of an event begins with the name of its field: one that begins with "id: " is an id, and an event's first line.
    private static ReadOnlySpan<byte> IdIn(ReadOnlySpan<byte> lines)
    {
        ReadOnlySpan<byte> name = "id: "u8;
        return lines.StartsWith(name) ? lines[name.Length..lines.IndexOf((byte)'\n')] : default;
    }
}
