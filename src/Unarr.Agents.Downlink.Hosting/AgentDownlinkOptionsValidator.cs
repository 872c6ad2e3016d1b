using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Checks the options: a bad value is told by its configuration key, with what it may be.</summary>
/// <param name="section">The keys' path, with its separator.</param>
/// <param name="services">Tells whether a key provider is registered.</param>
internal sealed class AgentDownlinkOptionsValidator(string section, IServiceProviderIsService services) : IValidateOptions<AgentDownlinkOptions>
{
    private const string Generated = "$options";

    private readonly AgentDownlinkRanges _ranges = new();

    public ValidateOptionsResult Validate(string? name, AgentDownlinkOptions options)
    {
        string[] failures = [.. Ranges(options), .. Others(options)];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    /// <summary>A generated failure reads "$options.Key: The field $options.Key must be …".</summary>
    private IEnumerable<string> Ranges(AgentDownlinkOptions options) =>
        from failure in _ranges.Validate(Generated, options).Failures ?? []
        select section + failure[(failure.LastIndexOf(Generated, StringComparison.Ordinal) + Generated.Length + 1)..];

    private IEnumerable<string> Others(AgentDownlinkOptions options)
    {
        if (!Enum.IsDefined(options.Mode))
        {
            yield return $"{section}Mode must be one of {string.Join(", ", Enum.GetNames<Downlink.DownlinkMode>())}.";
        }

        if (!Enum.IsDefined(options.HttpVersion))
        {
            yield return $"{section}HttpVersion must be one of {string.Join(", ", Enum.GetNames<AgentDownlinkHttpVersion>())}.";
        }

        if (ServersProblem(options) is { } servers)
        {
            yield return $"{section}Servers: {servers}";
        }

        if (ApiKeyProblem(options.ApiKeyFile) is { } apiKey)
        {
            yield return $"{section}ApiKeyFile: {apiKey}";
        }

        if (!string.IsNullOrEmpty(options.StateFile) && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(options.StateFile))))
        {
            yield return $"{section}StateFile: the directory of '{options.StateFile}' does not exist.";
        }
    }

    private static string? ServersProblem(AgentDownlinkOptions options)
    {
        try
        {
            _ = options.Mirrors(TimeProvider.System);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);
        }
    }

    private string? ApiKeyProblem(string? file)
    {
        if (services.IsService(typeof(IApiKeyProvider)))
        {
            return null;
        }

        return string.IsNullOrEmpty(file)
            ? $"a file with the API key is needed, or a registered {nameof(IApiKeyProvider)}."
            : ApiKeyFile.Problem(file) is { } problem ? $"'{file}' cannot be used: {problem}" : null;
    }
}
