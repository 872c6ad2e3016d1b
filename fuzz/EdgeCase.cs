using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>A stream whose second part is one line that counts <paramref name="Bound"/> + <paramref name="Delta"/> bytes.</summary>
public sealed record EdgeCase(
    SseDialect Dialect, int Bound, int Delta, string Start, string Terminator, string Mark, string Before, int ReadSize)
{
    public Bounds Limits => new() { MaxLineBytes = Bound };

    public string Head => Mark + Before;

    /// <summary>
    /// Agent: "the line with its terminator, CRs included", and without one it may be one byte short of the bound.
    /// Html: "the line's bytes + 1, whichever its terminator".
    /// </summary>
    public byte[] Stream
    {
        get
        {
            bool lineFeedEnds = Terminator.EndsWith('\n');
            int counted = Dialect == SseDialect.Html ? 1 : lineFeedEnds ? Terminator.Length : Terminator.Length + 1;
            string line = Start.PadRight(Bound + Delta - counted, 'p');
            return Encoding.Latin1.GetBytes(Head + line + Terminator);
        }
    }
}
