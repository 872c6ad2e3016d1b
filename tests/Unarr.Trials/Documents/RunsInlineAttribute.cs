namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>A test runs a command that a document has in a sentence.</summary>
/// <param name="document">The document's path in the repository.</param>
/// <param name="command">The command, as it is written there.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RunsInlineAttribute(string document, string command) : Attribute
{
    public string Document { get; } = document;

    public string Command { get; } = command;
}
