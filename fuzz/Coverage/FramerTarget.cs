using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>The framer: both dialects, any bounds, any cut.</summary>
internal static class FramerTarget
{
    public static void Run(byte[] bytes)
    {
        var input = new CutInput(bytes);
        List<Frame> whole = Framing.Whole(input.Stream, input.Dialect, input.Limits);
        FindingException.ThrowUnless(
            whole.SequenceEqual(Reference.Read(input.Stream, input.Dialect, input.Limits)), "frames are those of the reference");
        FindingException.ThrowUnless(whole.SequenceEqual(Bounded(input)), "frames do not depend on the cut");
        FindingException.ThrowUnless(
            whole.SequenceEqual(Framing.Segmented(input.Reads, input.Dialect, input.Limits)), "frames do not depend on the segments");
    }

    /// <summary>The frames read by read; what is held meanwhile is looked at.</summary>
    private static List<Frame> Bounded(CutInput input)
    {
        long bound = (4L * input.Limits.MaxLineBytes) + input.Limits.MaxEventBytes;
        var frames = new List<Frame>();
        using var framer = new SseFramer(Bounds.Options(input.Dialect, input.Limits));
        try
        {
            foreach (ReadOnlyMemory<byte> read in input.Reads)
            {
                framer.Append(read);
                while (framer.TryRead(out SseFrame frame))
                {
                    frames.Add(Frame.Of(frame));
                    FindingException.ThrowUnless(framer.HeldBytes <= bound, "at most four lines and an event are held");
                }

                FindingException.ThrowUnless(framer.HeldBytes <= bound, "at most four lines and an event are held");
            }

            framer.Complete();
            Framing.Drain(framer, frames);
        }
        catch (SseException failure)
        {
            frames.Add(Frame.Failure(failure));
            FindingException.ThrowUnless(framer.HeldBytes == 0, "after an error nothing is held");
        }

        return frames;
    }
}
