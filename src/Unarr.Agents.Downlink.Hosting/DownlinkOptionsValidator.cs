using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Checks the options of one downlink: a bad value is named by its configuration key, with what it may be.</summary>
internal sealed class DownlinkOptionsValidator(DownlinkRegistration registration) : IValidateOptions<DownlinkOptions>
{
    public ValidateOptionsResult Validate(string? name, DownlinkOptions options)
    {
        if (name != registration.OptionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        string[] failures = [.. DownlinkOptionsCheck.Problems(options).Select(problem => registration.Keys + problem), .. Files(options)];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> Files(DownlinkOptions options)
    {
        if (registration.ApiKey is null && ApiKeyProblem(options.ApiKeyFile) is { } apiKey)
        {
            yield return $"{registration.Keys}{nameof(options.ApiKeyFile)}: {apiKey}";
        }

        if (!string.IsNullOrEmpty(options.StateFile) && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(options.StateFile))))
        {
            yield return $"{registration.Keys}{nameof(options.StateFile)}: the directory of '{options.StateFile}' does not exist.";
        }
    }

    private static string? ApiKeyProblem(string? file) => string.IsNullOrEmpty(file)
        ? $"a file with the API key is needed, or {nameof(AgentDownlinkBuilder.UseApiKey)}."
        : ApiKeyFile.Problem(file, NullLogger.Instance) is { } problem ? $"'{file}' cannot be used: {problem}" : null;
}
