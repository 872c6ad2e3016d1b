using Microsoft.Extensions.Options;

namespace Unarr.Agents.Hub;

/// <summary>Checks the options at the host's start: a bad value is named by its configuration key, with what it may be.</summary>
/// <param name="keys">What stands before a property's name, such as <c>Hub:</c>.</param>
internal sealed class AgentHubOptionsValidator(string keys) : IValidateOptions<AgentHubOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentHubOptions options)
    {
        string[] failures = [.. AgentHubOptionsCheck.Problems(options).Select(problem => keys + problem)];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
