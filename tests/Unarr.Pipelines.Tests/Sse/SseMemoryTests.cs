using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>"Memory held by one framer never exceeds 4 × line bound + event bound", whatever the peer sends.</summary>
public class SseMemoryTests
{
    private static readonly string LongText = new('x', 900);

    public static TheoryData<SseDialect, string, int> HostileStreams
    {
        get
        {
            var cases = new TheoryData<SseDialect, string, int>();
            string[] streams =
            [
                "x",
                "data:d\n",
                "data:\n",
                "data:" + LongText + "\n",
                ":" + LongText + "\n",
                "event:" + LongText + "\n",
                "id:" + LongText + "\n",
                "id:" + LongText + "\n\n",
                $"id:{LongText}\n\nid:{LongText}\nevent:{LongText}\ndata:{LongText}\ndata:{LongText}\n: x\n" +
                $"data:{LongText[..190]}\nretry:{LongText}",
                "\r",
                "\n",
            ];
            foreach (string stream in streams)
            {
                foreach (int size in new[] { 1, 7, 1000, 5000 })
                {
                    cases.Add(SseDialect.Agent, stream, size);
                    cases.Add(SseDialect.Html, stream, size);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(HostileStreams))]
    public void Memory_never_passes_the_bound(SseDialect dialect, string repeated, int readBytes)
    {
        foreach (Bounds limits in new[]
        {
            new Bounds { MaxLineBytes = 1024, MaxEventBytes = 2048 },
            new Bounds { MaxLineBytes = 1000, MaxEventBytes = 2001 },
        })
        {
            using var framer = new SseFramer(Bounds.Options(dialect, limits));
            byte[] stream = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(repeated, 1 + (20_000 / repeated.Length))));
            long bound = (4L * limits.MaxLineBytes) + limits.MaxEventBytes;
            try
            {
                foreach (ReadOnlyMemory<byte> read in Framing.Split(stream, [readBytes]))
                {
                    framer.Append(read);
                    while (framer.TryRead(out _))
                    {
                        Assert.InRange(framer.HeldBytes, 0, bound);
                    }

                    Assert.InRange(framer.HeldBytes, 0, bound);
                }
            }
            catch (SseException)
            {
                Assert.Equal(0, framer.HeldBytes);
            }
        }
    }

    [Theory]
    [InlineData(SseDialect.Agent, "event: e\ndata: a\ndata: b\n\n: hb\n\n\n")]
    [InlineData(SseDialect.Html, "\u00EF\u00BB\u00BFevent: e\r\ndata: a\r\ndata: b\r\n\r\n: hb\rretry: 5\r\n")]
    [InlineData(SseDialect.Html, "id: 1\ndata: a\n\nid\n\n")]
    public void Drained_framer_with_nothing_pending_holds_nothing(SseDialect dialect, string stream)
    {
        using var framer = new SseFramer(Bounds.Options(dialect));
        foreach (ReadOnlyMemory<byte> read in Framing.Split(Encoding.Latin1.GetBytes(stream), [1]))
        {
            framer.Append(read);
            while (framer.TryRead(out _))
            {
            }
        }

        Assert.Equal(0, framer.HeldBytes);
    }

    [Fact]
    public void Ended_framer_holds_nothing()
    {
        using var framer = new SseFramer();
        framer.Append("id: 1\ndata: a\n\nevent: pending\nid: 2\ndata: pend"u8.ToArray());
        while (framer.TryRead(out _))
        {
        }

        Assert.NotEqual(0, framer.HeldBytes);
        framer.Complete();
        Assert.False(framer.TryRead(out _));
        Assert.Equal(0, framer.HeldBytes);
    }
}
