using System.Numerics;

namespace Unarr.Pipelines.Sse;

/// <summary>Foretells of bytes that a source has not handed in whether they can complete a frame: it reads on where they cannot.</summary>
/// <remarks>It may say that they can where they do not; never the other way round. Bounds are not its matter.</remarks>
internal struct LineOutlook
{
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private Line _line;

    // Where in the bytes the line begins, or will.
    private int _begin;

    /// <summary>A line that has not ended.</summary>
    public enum Line : byte
    {
        /// <summary>It is to be asked for.</summary>
        Unknown,

        /// <summary>None has begun, and no event with data: a blank one completes nothing.</summary>
        Between,

        /// <summary>None has begun: a blank one may complete an event.</summary>
        Next,

        /// <summary>As <see cref="Next"/>, but an LF still belongs to the line before.</summary>
        NextBehindCarriageReturn,

        /// <summary>It has begun, and its end completes nothing.</summary>
        Field,

        /// <summary>It has begun, and its end may complete a frame.</summary>
        Frame,
    }

    /// <summary>Whether the line must be told first: <see cref="Begin"/>.</summary>
    public readonly bool IsUnknown => _line == Line.Unknown;

    /// <summary>Which line one is that begins so; an agent's blank line may begin with a CR.</summary>
    public static Line BegunBy(byte first) => first is (byte)':' or (byte)'r' or CarriageReturn ? Line.Frame : Line.Field;

    /// <summary>Takes which line the bytes go on with.</summary>
    public void Begin(Line line) => (_line, _begin) = (line, 0);

    /// <summary>Forgets the line: the bytes were handed in.</summary>
    public void Forget() => _line = Line.Unknown;

    /// <summary>Goes over lines' ends.</summary>
    /// <param name="bytes">The bytes that have not been handed in.</param>
    /// <param name="from">Where those begin that have not been gone over.</param>
    /// <param name="ends">The lines' ends in them, at least one: bit i for byte <paramref name="from"/> + i.</param>
    /// <returns>Whether they complete no frame; <see langword="false"/>: they may, and are to be handed in.</returns>
    public bool EndNothing(ReadOnlySpan<byte> bytes, int from, ulong ends)
    {
        do
        {
            int end = from + BitOperations.TrailingZeroCount(ends);
            if (_line < Line.Field && _begin < end)
            {
                _line = BegunBy(bytes[_begin]);
            }

            if (!EndsNothing(bytes[end]))
            {
                return false;
            }

            _begin = end + 1;
            ends &= ends - 1;
        }
        while (ends != 0);

        return true;
    }

    private bool EndsNothing(byte end)
    {
        if (_line == Line.Field)
        {
            _line = end == LineFeed ? Line.Next : Line.NextBehindCarriageReturn;
            return true;
        }

        if (_line == Line.NextBehindCarriageReturn && end == LineFeed)
        {
            _line = Line.Next;
            return true;
        }

        return _line == Line.Between;
    }
}
