using System.CommandLine;

namespace Unarr.CommandLine;

/// <summary>A command whose <c>--help</c> ends with notes and an example.</summary>
internal sealed class DocumentedCommand(string name, string description, string notes) : Command(name, description)
{
    public string Notes => notes;
}
