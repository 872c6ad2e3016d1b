using System.Buffers;
using System.Buffers.Text;

namespace Unarr.Agents.Protocol;

/// <summary>Writes a command from controls as they were written for the store, where that is known.</summary>
internal static class CommandText
{
    /// <summary>Writes the same bytes as the command's contract does.</summary>
    /// <param name="output">Takes the JSON.</param>
    /// <param name="controls">The command's controls.</param>
    /// <param name="ackWithin">The time in milliseconds within which they are to be acknowledged; <see langword="null"/> for none.</param>
    public static void Write(IBufferWriter<byte> output, IReadOnlyList<Control> controls, int? ackWithin)
    {
        output.Write("""{"controls":["""u8);
        for (int i = 0; i < controls.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            StoredControl.Write(controls[i], output);
        }

        output.Write("]"u8);
        if (ackWithin is { } milliseconds)
        {
            output.Write(""","ackWithin":"""u8);
            Utf8Formatter.TryFormat(milliseconds, output.GetSpan(11), out int written);
            output.Advance(written);
        }

        output.Write("}"u8);
    }
}
