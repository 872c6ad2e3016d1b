using System.Buffers;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Whatever a stream has at its ends, the framer and the writer touch nothing beside the memory that they were given. A test that
/// fails ends the process.</summary>
public sealed class GuardedBytesTests
{
    private const int Longest = 140;
    private const string Reason = "It needs Linux' memory mapping.";

    private static readonly string[] Ends = ["\n", "\r\n", "\r"];

    private static readonly string[] Forms =
    [
        "data: A\n\n", "event: t\ndata: A\n\n", "data: A\ndata: A\n\n", "data: b\ndata: A\ndata: c\n\ndata: d\n\n", "data:A\n\n: A\n\n",
        "id: A\ndata\n\nretry: 5\n", "A\ndata: A",
    ];

    public static TheoryData<string> Cases => VectorTests.Cases;

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Vector_between_forbidden_pages_gives_its_frames(string name)
    {
        Skip.IfNot(GuardedBytes.IsSupported, Reason);
        VectorCase vector = VectorCase.All[name];
        List<Frame> expected = Framing.Whole(vector.Input, vector.Dialect);
        AssertFrames(expected, [vector.Input], vector.Dialect);
        if (!vector.IsGenerated)
        {
            AssertFrames(expected, Framing.Split(vector.Input, [61]), vector.Dialect);
        }
    }

    [SkippableTheory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Lines_of_every_length_between_forbidden_pages_are_read(SseDialect dialect)
    {
        Skip.IfNot(GuardedBytes.IsSupported, Reason);
        foreach (string form in Forms)
        {
            foreach (string end in Ends)
            {
                for (int length = 0; length <= Longest; length++)
                {
                    string text = form.Replace("A", new string('a', length), StringComparison.Ordinal);
                    byte[] bytes = Encoding.ASCII.GetBytes(text.Replace("\n", end, StringComparison.Ordinal));
                    AssertFrames(Reference.Read(bytes, dialect), [bytes], dialect);
                }
            }
        }
    }

    [SkippableTheory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Stream_that_ends_anywhere_before_a_forbidden_page_is_read(SseDialect dialect)
    {
        Skip.IfNot(GuardedBytes.IsSupported, Reason);
        foreach (string form in Forms)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(form.Replace("A", new string('a', 70), StringComparison.Ordinal));
            List<Frame> expected = Reference.Read(bytes, dialect);
            for (int cut = 0; cut <= bytes.Length; cut++)
            {
                AssertFrames(expected, [bytes.AsMemory(0, cut), bytes.AsMemory(cut)], dialect);
            }
        }
    }

    [SkippableTheory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public void Event_of_any_length_is_written_between_forbidden_pages(SseDialect dialect)
    {
        Skip.IfNot(GuardedBytes.IsSupported, Reason);
        foreach (bool atEnd in new[] { true, false })
        {
            for (int length = 1; length <= Longest; length++)
            {
                using GuardedOutput output = new(atEnd);
                byte[] text = new byte[length];
                text.AsSpan().Fill((byte)'a');
                using MemoryManager<byte> data = new GuardedBytes(text, atEnd);
                new SseWriter(output, dialect).WriteEvent(data.GetSpan(), data.GetSpan());
                string written = Encoding.ASCII.GetString(text);
                Assert.Equal($"event: {written}\ndata: {written}\n\n", output.Text);
            }
        }
    }

    private static void AssertFrames(List<Frame> expected, IEnumerable<ReadOnlyMemory<byte>> reads, SseDialect dialect)
    {
        foreach (bool atEnd in new[] { true, false })
        {
            List<IMemoryOwner<byte>> guarded = [.. reads.Select(read => new GuardedBytes(read.Span, atEnd))];
            try
            {
                Assert.Equal(expected, Framing.Reads(guarded.Select(owner => (ReadOnlyMemory<byte>)owner.Memory), dialect));
            }
            finally
            {
                guarded.ForEach(owner => owner.Dispose());
            }
        }
    }

    /// <summary>Gives exactly the room that it is asked for.</summary>
    private sealed class GuardedOutput(bool atEnd) : IBufferWriter<byte>, IDisposable
    {
        private readonly StringBuilder _text = new();
        private readonly List<IMemoryOwner<byte>> _rooms = [];

        public string Text => _text.ToString();

        public void Advance(int count) => _text.Append(Encoding.ASCII.GetString(_rooms[^1].Memory.Span[..count]));

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            _rooms.Add(new GuardedBytes(Math.Max(sizeHint, 1), atEnd));
            return _rooms[^1].Memory;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public void Dispose() => _rooms.ForEach(static room => room.Dispose());
    }
}
