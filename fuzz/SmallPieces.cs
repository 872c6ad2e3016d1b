using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>An event of data lines whose joined data is <paramref name="Bound"/> + <paramref name="Delta"/> bytes long.</summary>
/// <param name="Dialect">How it is read.</param>
/// <param name="Bound">The event bound.</param>
/// <param name="Delta">How far beyond the bound the data goes.</param>
/// <param name="Pieces">The lengths of all pieces but the last, which fills up; none is 0.</param>
/// <param name="ReadSize">The size of the reads.</param>
public sealed record SmallPieces(SseDialect Dialect, int Bound, int Delta, int[] Pieces, int ReadSize)
{
    public Bounds Limits => new() { MaxEventBytes = Bound };

    public byte[] Stream => Encoding.Latin1.GetBytes(string.Concat(Parts.Select(part => $"data: {part}\n")) + "\n");

    public Frame Expected
    {
        get
        {
            // Agent: "joined length so far + length of the new piece + 1 > bound": a single piece counts one byte more.
            int counted = Bound + Delta + (Dialect == SseDialect.Agent && Parts.Length == 1 ? 1 : 0);
            return counted > Bound
                ? Frame.Failure(SseError.EventTooLarge, Bound, Parts[..^1].Sum(part => $"data: {part}\n".Length))
                : Frame.Event("message", string.Join('\n', Parts));
        }
    }

    private string[] Parts
    {
        get
        {
            var parts = new List<string>();
            int left = Bound + Delta;
            foreach (int piece in Pieces.TakeWhile(piece => (left -= piece + 1) > 3))
            {
                parts.Add(new string('p', piece));
            }

            return [.. parts, new string('l', Bound + Delta - parts.Sum(part => part.Length + 1))];
        }
    }
}
