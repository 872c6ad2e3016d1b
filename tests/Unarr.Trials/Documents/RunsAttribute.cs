namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>A test runs the commands of a shell block as they are written there.</summary>
/// <param name="document">The document's path in the repository.</param>
/// <param name="heading">The heading above the block.</param>
/// <param name="block">Which one of the shell blocks under that heading, from 0 on.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RunsAttribute(string document, string heading, int block = 0) : Attribute
{
    public string Document { get; } = document;

    public string Heading { get; } = heading;

    public int Block { get; } = block;
}
