using System.CommandLine;
using System.CommandLine.Parsing;

namespace Unarr.Agent.Running;

/// <summary>The values of the options: an argument wins over the file, and the file over the default.</summary>
internal sealed class RunSettings(ParseResult arguments, ParseResult? file, string? apiKey = null)
{
    /// <summary>The key that the file itself holds; as secret as any.</summary>
    public string? ApiKey => apiKey;

    public T Get<T>(Option<T> option) => (file is not null && !IsGiven(arguments, option) ? file : arguments).GetValue(option)!;

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is OptionResult { Implicit: false };
}
