using System.Diagnostics.CodeAnalysis;

namespace Unarr.Pipelines.Fuzz.Coverage;

/// <summary>Something that must hold for every input does not.</summary>
internal sealed class FindingException(string message) : Exception(message)
{
    public static void ThrowUnless([DoesNotReturnIf(false)] bool holds, string rule)
    {
        if (!holds)
        {
            throw new FindingException(rule);
        }
    }
}
