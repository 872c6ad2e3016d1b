namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>A shell block of a document.</summary>
/// <param name="Document">The document's path in the repository.</param>
/// <param name="Heading">The heading above it.</param>
/// <param name="Index">Which one it is of the shell blocks under that heading.</param>
/// <param name="Commands">Its commands, each with all of its lines.</param>
internal sealed record ShellBlock(string Document, string Heading, int Index, IReadOnlyList<string> Commands)
{
    /// <summary>The commands that can be run here, as one script.</summary>
    public string Script => string.Join('\n', Commands.Where(command => !CommandTable.IsExcused(Document, command)));

    public override string ToString() => $"{Document}, {Heading}, block {Index}";
}
