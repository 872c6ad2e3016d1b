namespace Unarr.Agents.Downlink.Hosting;

/// <summary>A key that a function gives.</summary>
internal sealed class DelegatedApiKey(Func<CancellationToken, ValueTask<string>> key) : IApiKeyProvider
{
    public ValueTask<string> GetApiKeyAsync(CancellationToken cancellationToken) => key(cancellationToken);
}
