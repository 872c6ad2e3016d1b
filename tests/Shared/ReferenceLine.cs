namespace Unarr.Pipelines.Testing;

/// <summary>One line as the reference sees it.</summary>
/// <param name="Content">Its bytes, as characters U+0000–U+00FF, without the terminator.</param>
/// <param name="Terminator">LF, CR, CRLF, or nothing for the stream's unterminated last line.</param>
/// <param name="Offset">Where it begins in the stream.</param>
public sealed record ReferenceLine(string Content, string Terminator, long Offset);
