using System.Text;
using CommunityToolkit.HighPerformance.Buffers;

namespace Unarr.Agents.Protocol;

/// <summary>A control as JSON that was written once and serves any number of controls that differ in their ids alone.</summary>
internal sealed class ControlText
{
    // The id is the first member.
    private static readonly int IdStart = """{"id":" """.Length - 1;

    private readonly byte[] _utf8;
    private readonly int _idLength;

    private ControlText(byte[] utf8, int idLength, byte[]? parameters)
    {
        _utf8 = utf8;
        _idLength = idLength;
        Parameters = parameters;
    }

    /// <summary>The control's parameters; <see langword="null"/> when it has none.</summary>
    public byte[]? Parameters { get; }

    /// <summary>How many bytes it takes under any id.</summary>
    public int Length => _utf8.Length;

    /// <summary>Writes a control.</summary>
    /// <param name="control">The control; its id is of letters and digits, as those that it serves have to be.</param>
    public static ControlText Of(Control control)
    {
        using ArrayPoolBufferWriter<byte> text = new();
        Payload.Write(text, control, ProtocolJson.Control);
        return new ControlText(text.WrittenSpan.ToArray(), control.Id!.Length, control.OwnParameters);
    }

    /// <summary>Whether a control may have this id: it is as long as the first one, and needs no escape.</summary>
    public bool Fits(string id) => id.Length == _idLength && !id.AsSpan().ContainsAnyExceptInRange('0', 'z') && !id.Contains('\\');

    /// <summary>Writes the control under an id that fits.</summary>
    /// <param name="id">The id.</param>
    /// <param name="destination">Takes <see cref="Length"/> bytes.</param>
    public void Write(string id, Span<byte> destination)
    {
        _utf8.CopyTo(destination);
        Encoding.ASCII.GetBytes(id, destination[IdStart..]);
    }
}
