namespace Unarr.Pipelines.Net;

/// <summary>What all proxy variables have in common as texts.</summary>
internal static class ProxyText
{
    private const string Quotes = "\"'`\u2018\u2019\u201C\u201D";

    /// <exception cref="ProxyVariableException">The value begins or ends with a quote, as no shell leaves it.</exception>
    public static void ThrowIfQuoted(string variable, string value)
    {
        if (Quotes.Contains(value[0], StringComparison.Ordinal) || Quotes.Contains(value[^1], StringComparison.Ordinal))
        {
            throw new ProxyVariableException(variable, "its value is in quotes; write it without them.");
        }
    }
}
