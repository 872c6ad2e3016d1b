using Microsoft.Extensions.Options;

namespace Unarr.Pipelines.Hosting;

/// <summary>Checks the address of one client.</summary>
internal sealed class SseClientAddressValidator(SseClientRegistration registration) : IValidateOptions<SseClientAddress>
{
    public ValidateOptionsResult Validate(string? name, SseClientAddress options) =>
        name != registration.Name ? ValidateOptionsResult.Skip
        : options.Text is not { Length: > 0 } text || SseClientAddress.IsGood(text) ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"{registration.Keys}{nameof(Uri)} must be an absolute address of http or https.");
}
