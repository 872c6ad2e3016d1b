using System.Text;

namespace Unarr.Pipelines.Fuzz;

/// <summary>A payload, and the pieces in which it lies in memory.</summary>
public sealed record RandomPayload(string Text, int PieceBytes)
{
    public byte[] Bytes => Encoding.Latin1.GetBytes(Text);

    public override string ToString() => $"pieces of {PieceBytes}: {System.Text.Json.JsonSerializer.Serialize(Text)}";
}
