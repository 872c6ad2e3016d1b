using System.IO.Pipelines;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>The reader over a stream without anything around it: reads of any size that wait, are cancelled or fail.</summary>
internal static class ReaderTarget
{
    public static void Run(byte[] bytes)
    {
        var input = new CutInput(bytes);
        List<Frame> whole = Framing.Whole(input.Stream, input.Dialect, input.Limits);
        FindingException.ThrowUnless(whole.SequenceEqual(Streamed(input)), "frames over a stream are those of the whole");
        FindingException.ThrowUnless(whole.SequenceEqual(Piped(input)), "frames over a pipe are those of the whole");
    }

    private static List<Frame> Streamed(CutInput input)
    {
        var frames = new List<Frame>();
        var stream = new CutStream(input);
        var reader = new SseReader(stream, Bounds.Options(input.Dialect, input.Limits), input.BufferBytes);
        bool failed = false;
        try
        {
            while (WaitToRead(reader, stream))
            {
                Drain(reader, frames);
            }
        }
        catch (SseException failure)
        {
            frames.Add(Frame.Failure(failure));
        }
        catch (IOException)
        {
            failed = true;
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        bool refused = frames.LastOrDefault()?.Error is not null;
        FindingException.ThrowUnless(failed == (input.Fails && !refused), "an I/O error comes behind the frames, and is not lost");
        FindingException.ThrowUnless(reader.HeldBytes == 0, "a disposed reader holds nothing");
        return frames;
    }

    /// <summary>Waits as long as the reader does; a wait that was cancelled is begun again.</summary>
    private static bool WaitToRead(SseReader reader, CutStream stream)
    {
        while (true)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<bool> wait = reader.WaitToReadAsync(cancellation.Token);
            while (!wait.IsCompleted)
            {
                stream.Release(cancellation);
            }

            try
            {
                return wait.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // "The reader stays usable: nothing is lost, and a later call goes on."
            }
        }
    }

    private static List<Frame> Piped(CutInput input)
    {
        var frames = new List<Frame>();
        var reader = new SseReader(PipeReader.Create(Segment.Sequence(input.Reads)), Bounds.Options(input.Dialect, input.Limits));
        try
        {
            while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                Drain(reader, frames);
            }
        }
        catch (SseException failure)
        {
            frames.Add(Frame.Failure(failure));
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        return frames;
    }

    private static void Drain(SseReader reader, List<Frame> frames)
    {
        while (reader.TryRead(out SseFrame frame))
        {
            frames.Add(Frame.Of(frame));
        }
    }
}
