using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

/// <summary>A stream, how it is read and how it is cut.</summary>
/// <param name="Dialect">How it is read.</param>
/// <param name="Limits">Its bounds.</param>
/// <param name="Lines">The stream in pieces, mostly lines; bytes as characters U+0000–U+00FF.</param>
/// <param name="ReadSizes">The sizes of the reads, gone through again and again.</param>
public sealed record StreamCase(SseDialect Dialect, Bounds Limits, string[] Lines, int[] ReadSizes)
{
    public byte[] Stream => Encoding.Latin1.GetBytes(string.Concat(Lines));

    public IEnumerable<ReadOnlyMemory<byte>> Reads => Framing.Split(Stream, ReadSizes);

    public List<Frame> Whole => Framing.Whole(Stream, Dialect, Limits);

    public List<Frame> Expected => Reference.Read(Stream, Dialect, Limits);

    /// <summary>Prints what a unit test needs, escaped.</summary>
    public override string ToString() =>
        $"{Dialect}, line {Limits.MaxLineBytes}, event {Limits.MaxEventBytes}, reads of [{string.Join(", ", ReadSizes)}], "
        + string.Join(" + ", Lines.Select(line => System.Text.Json.JsonSerializer.Serialize(line)));
}
