using System.Diagnostics;
using System.Globalization;
using Unarr.Agent.Terminal;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Parsing;

/// <summary>Reads one event stream to its end and prints its frames.</summary>
internal sealed class StreamParse(Surroundings surroundings)
{
    private const int ReadBytes = 64 * 1024;

    private long _bytes;
    private long _frames;

    /// <summary>The file's name, or <see cref="StreamInput.StandardInput"/>.</summary>
    public required string File { get; init; }

    public required SseReaderOptions Options { get; init; }

    public required bool Base64 { get; init; }

    /// <summary>How many bytes the framer is handed at a time; <see langword="null"/>: as many as a read brings.</summary>
    public required int? ChunkBytes { get; init; }

    public required bool Stats { get; init; }

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Stream input = await StreamInput.OpenAsync(File, surroundings, cancellationToken).ConfigureAwait(false);
        using var framer = new SseFramer(Options);
        using var lines = new FrameLines(surroundings.Output, Base64);
        int exitCode;
        try
        {
            exitCode = await ReadToEndAsync(input, framer, lines, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Interrupted. The input is left as it is: a read of a pipe may still be waiting in it.
            exitCode = ExitCode.Success;
        }
        catch (SseException error)
        {
            // "The frames before it have been delivered", and they are printed before it.
            lines.Add(error);
            exitCode = ExitCode.Failure;
        }

        try
        {
            await lines.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            PrintStats(Stopwatch.GetElapsedTime(start));
        }

        return exitCode;
    }

    private async Task<int> ReadToEndAsync(Stream input, SseFramer framer, FrameLines lines, CancellationToken cancellationToken)
    {
        // Small chunks come out of a larger read.
        Stream source = ChunkBytes is null ? input : new BufferedStream(input, ReadBytes);
        byte[] buffer = new byte[ChunkBytes ?? ReadBytes];
        while (true)
        {
            ValueTask<int> reading = ReadAsync(source, buffer, cancellationToken);
            if (!reading.IsCompleted)
            {
                // Nothing more is at hand: what is complete must be seen now.
                await lines.FlushAsync().ConfigureAwait(false);
            }

            int read;
            try
            {
                read = await reading.ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                // "An unterminated last line is processed like a line, also when an I/O error ends the stream."
                framer.Complete();
                await TakeFramesAsync(framer, lines).ConfigureAwait(false);
                surroundings.Error.WriteLine(OneLine.Of($"Cannot read on after {_bytes} bytes of '{File}': {exception.Message}"));
                return ExitCode.Failure;
            }

            if (read == 0)
            {
                framer.Complete();
                await TakeFramesAsync(framer, lines).ConfigureAwait(false);
                return ExitCode.Success;
            }

            _bytes += read;
            framer.Append(buffer.AsMemory(0, read));
            await TakeFramesAsync(framer, lines).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what is at hand, or one chunk. A read of a pipe that cannot be cancelled is left behind when it is.</summary>
    private async ValueTask<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> reading = ChunkBytes is { } chunk
            ? source.ReadAtLeastAsync(buffer, chunk, throwOnEndOfStream: false, cancellationToken)
            : source.ReadAsync(buffer, cancellationToken);
        return reading.IsCompleted
            ? await reading.ConfigureAwait(false)
            : await reading.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask TakeFramesAsync(SseFramer framer, FrameLines lines)
    {
        while (framer.TryRead(out SseFrame frame))
        {
            _frames++;
            lines.Add(frame, Options.Dialect);
            if (lines.IsFull)
            {
                await lines.FlushAsync().ConfigureAwait(false);
            }
        }
    }

    private void PrintStats(TimeSpan elapsed)
    {
        if (Stats)
        {
            double rate = _bytes / 1e6 / Math.Max(elapsed.TotalSeconds, 1e-6);
            surroundings.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_frames} frames, {_bytes} bytes, {rate:0.0} MB/s"));
        }
    }
}
