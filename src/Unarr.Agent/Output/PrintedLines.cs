using System.Buffers;
using System.Text;

namespace Unarr.Agent.Output;

/// <summary>Parts what a program prints into lines. Of a line the first 64 KiB are kept, the rest of it is dropped.</summary>
internal sealed class PrintedLines(Action<string> line)
{
    public const int MaxLineBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _kept = new(256);
    private bool _skipLineFeed;

    /// <summary>Takes what was printed next; a line ends with CR, LF or both.</summary>
    public void Add(ReadOnlySpan<byte> printed)
    {
        while (!printed.IsEmpty)
        {
            if (_skipLineFeed)
            {
                _skipLineFeed = false;
                if (printed[0] == (byte)'\n')
                {
                    printed = printed[1..];
                    continue;
                }
            }

            int end = printed.IndexOfAny("\r\n"u8);
            ReadOnlySpan<byte> text = end < 0 ? printed : printed[..end];
            _kept.Write(text[..Math.Min(text.Length, MaxLineBytes - _kept.WrittenCount)]);
            if (end < 0)
            {
                return;
            }

            Pass();
            _skipLineFeed = printed[end] == (byte)'\r';
            printed = printed[(end + 1)..];
        }
    }

    /// <summary>Nothing more is printed: what has no line end is a line too.</summary>
    public void End()
    {
        if (_kept.WrittenCount > 0)
        {
            Pass();
        }
    }

    private void Pass()
    {
        line(Encoding.UTF8.GetString(_kept.WrittenSpan));
        _kept.ResetWrittenCount();
    }
}
