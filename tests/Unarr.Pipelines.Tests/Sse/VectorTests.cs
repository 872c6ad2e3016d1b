using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class VectorTests
{
    private const int LargestReadBytes = 64;

    /// <summary>A generated case is long: in reads of one byte it is cut everywhere once, by the test of reads.</summary>
    private static readonly int[] SizesOfGeneratedCases = [63, 4096, 65_537];

    private static readonly int[] SizesOfStreamedCases = [1, 2, 3, 7, 16, 64];

    public static TheoryData<string> Cases => [.. VectorCase.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vector_whole_gives_its_frames(string name)
    {
        VectorCase vector = VectorCase.All[name];
        Assert.Equal(vector.Expected, Printed(vector, Framing.Whole(vector.Input, vector.Dialect)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vector_in_reads_of_any_size_gives_the_frames_and_error_offset_of_the_reference(string name)
    {
        VectorCase vector = VectorCase.All[name];
        List<Frame> expected = Reference.Read(vector.Input, vector.Dialect);
        Assert.Equal(vector.Expected, Printed(vector, expected));
        foreach (int size in Sizes(vector).Prepend(1))
        {
            Assert.Equal(expected, Framing.Chunked(vector.Input, size, vector.Dialect));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Vector_in_one_sequence_of_segments_gives_its_frames(string name)
    {
        VectorCase vector = VectorCase.All[name];
        List<Frame> expected = Framing.Whole(vector.Input, vector.Dialect);
        foreach (int size in Sizes(vector))
        {
            Assert.Equal(expected, Framing.Segmented(Framing.Split(vector.Input, [size, 0, size + 1]), vector.Dialect));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Vector_as_a_stream_gives_its_frames(string name)
    {
        VectorCase vector = VectorCase.All[name];
        List<Frame> expected = Framing.Whole(vector.Input, vector.Dialect);
        foreach (int size in vector.IsGenerated ? SizesOfGeneratedCases : SizesOfStreamedCases)
        {
            Assert.Equal(expected, await Framing.StreamedAsync(Framing.Split(vector.Input, [size]), vector.Dialect, waitEvery: size % 4));
        }
    }

    [Fact]
    public void Vectors_are_all_there() => Assert.Equal(169 + 277, VectorCase.All.Count);

    private static IEnumerable<int> Sizes(VectorCase vector) =>
        vector.IsGenerated ? SizesOfGeneratedCases : Enumerable.Range(1, LargestReadBytes);

    /// <summary>The vectors tell no id where the dialect has none.</summary>
    private static IEnumerable<string> Printed(VectorCase vector, List<Frame> frames) =>
        VectorCase.Print(frames).Select(
            frame => vector.Dialect == SseDialect.Agent ? frame.Replace(" id64=", "", StringComparison.Ordinal) : frame);
}
