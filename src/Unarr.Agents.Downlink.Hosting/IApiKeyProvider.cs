namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Gives the downlink its API key, from wherever the application keeps its secrets.</summary>
public interface IApiKeyProvider
{
    /// <summary>Gives the key. It is asked for before each request, and again when the control plane has refused the one before.</summary>
    /// <param name="cancellationToken">Cancelled when the request's time is over.</param>
    /// <returns>The key: visible ASCII characters; white space around it is dropped.</returns>
    ValueTask<string> GetApiKeyAsync(CancellationToken cancellationToken);
}
