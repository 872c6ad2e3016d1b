using System.CommandLine;
using Unarr.CommandLine;

namespace Unarr.Agent.Running;

/// <summary>The values of the options: an argument wins over the environment, that over the file, and the file over the default.</summary>
internal sealed class RunSettings(ParseResult arguments, ParseResult? file, string? apiKey = null, ParseResult? environment = null)
{
    private readonly LayeredOptions _options = new(arguments, environment, file);

    /// <summary>The key that the file itself holds; as secret as any.</summary>
    public string? ApiKey => apiKey;

    public T Get<T>(Option<T> option) => _options.Get(option);
}
