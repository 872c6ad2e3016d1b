using System.Buffers;

namespace Unarr.Agents.Downlink.Applying;

/// <summary>The lines at the end of a file that may hold anything: bounded in all and each.</summary>
internal static class LedgerLines
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Yields the lines of the file's last <paramref name="maxBytes"/>; of a longer line than <paramref name="maxLineBytes"/> the
    /// beginning. A line's memory is valid until the next one.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Of(string path, long maxBytes, int maxLineBytes)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        bool isCut = file.Length > maxBytes;
        if (isCut)
        {
            file.Seek(-maxBytes, SeekOrigin.End);
        }

        byte[] buffer = new byte[BufferBytes];
        ArrayBufferWriter<byte> line = new(256);
        long left = maxBytes;
        bool isEmpty = true;
        for (int read; left > 0 && (read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left))) > 0; left -= read)
        {
            for (int start = 0; start < read;)
            {
                int end = buffer.AsSpan(start, read - start).IndexOf((byte)'\n');
                int length = end < 0 ? read - start : end;
                line.Write(buffer.AsSpan(start, Math.Min(length, maxLineBytes - line.WrittenCount)));
                isEmpty &= length == 0;
                start += length;
                if (end >= 0)
                {
                    if (!isCut)
                    {
                        yield return line.WrittenMemory;
                    }

                    // The first line of what is read may be the end of a longer one.
                    isCut = false;
                    line.ResetWrittenCount();
                    isEmpty = true;
                    start++;
                }
            }
        }

        if (!isEmpty && !isCut)
        {
            yield return line.WrittenMemory;
        }
    }
}
