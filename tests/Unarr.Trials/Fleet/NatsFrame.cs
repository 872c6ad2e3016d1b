using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>One operation of NATS' protocol, as it was sent.</summary>
/// <param name="Verb">Its first word.</param>
/// <param name="Subject">The subject of a message; empty for what is not one.</param>
/// <param name="ReplyTo">Where a message asks to be answered; empty for nowhere.</param>
/// <param name="Line">Its line, with the line's end.</param>
/// <param name="Payload">A message's headers and content, with the line's end; empty for what is not a message.</param>
internal sealed record NatsFrame(string Verb, string Subject, string ReplyTo, byte[] Line, byte[] Payload)
{
    public bool IsMessage => Subject.Length > 0;

    /// <summary>Reads the next operation; <see langword="null"/> at the end.</summary>
    public static async Task<NatsFrame?> ReadAsync(PipeReader reader, CancellationToken stop)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(stop);
            if (TryParse(result.Buffer, out NatsFrame? frame, out SequencePosition end))
            {
                reader.AdvanceTo(end);
                return frame;
            }

            if (result.IsCompleted)
            {
                return null;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static bool TryParse(ReadOnlySequence<byte> buffer, out NatsFrame? frame, out SequencePosition end)
    {
        SequenceReader<byte> reader = new(buffer);
        frame = null;
        end = buffer.Start;
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            return false;
        }

        string[] words = Encoding.ASCII.GetString(line).Split((char[])[' ', '\r'], StringSplitOptions.RemoveEmptyEntries);
        string verb = words[0].ToUpperInvariant();

        // "PUB subject [reply] size", "MSG subject sid [reply] size"; with headers their size comes before the whole.
        int before = verb switch { "PUB" or "HPUB" => 2, "MSG" or "HMSG" => 3, _ => 0 };
        int after = verb is "HPUB" or "HMSG" ? 2 : 1;
        long size = before == 0 ? 0 : int.Parse(words[^1], CultureInfo.InvariantCulture) + 2;
        if (reader.Remaining < size)
        {
            return false;
        }

        frame = new NatsFrame(
            verb, before == 0 ? "" : words[1], words.Length > before + after && before > 0 ? words[before] : "",
            [.. line.ToArray(), (byte)'\n'], buffer.Slice(reader.Position, size).ToArray());
        end = buffer.GetPosition(size, reader.Position);
        return true;
    }
}
