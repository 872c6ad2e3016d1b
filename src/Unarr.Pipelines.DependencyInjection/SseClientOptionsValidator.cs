using Microsoft.Extensions.Options;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Hosting;

/// <summary>Checks the options of one client: a bad value is named by its configuration key.</summary>
internal sealed class SseClientOptionsValidator(SseClientRegistration registration) : IValidateOptions<SseClientOptions>
{
    public ValidateOptionsResult Validate(string? name, SseClientOptions options)
    {
        if (name != registration.Name)
        {
            return ValidateOptionsResult.Skip;
        }

        try
        {
            _ = new SseClientSettings(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"{registration.Keys}{exception.Message.Split(" (Parameter", 2)[0]}");
        }
    }
}
