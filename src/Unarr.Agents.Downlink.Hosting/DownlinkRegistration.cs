using Microsoft.Extensions.DependencyInjection;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>One downlink of a host.</summary>
/// <param name="name">Its name; <see langword="null"/> for the unnamed one.</param>
/// <param name="keys">The path of its configuration keys, with its separator.</param>
internal sealed class DownlinkRegistration(string? name, string keys)
{
    public string? Name => name;

    public string Keys => keys;

    /// <summary>The name of its options.</summary>
    public string OptionsName => name ?? "";

    /// <summary>The name of its health check.</summary>
    public string CheckName => name is null ? "downlink" : $"downlink:{name}";

    public string StreamClientName => $"Unarr.Agents.Downlink.Stream{Suffix}";

    public string RequestClientName => $"Unarr.Agents.Downlink.Requests{Suffix}";

    /// <summary>Makes the source of the API key; <see langword="null"/> where that is the key file.</summary>
    public Func<IServiceProvider, Func<CancellationToken, ValueTask<string>>>? ApiKey { get; set; }

    private string Suffix => name is null ? "" : $":{name}";

    /// <summary>A service of this downlink: a keyed one, where the downlink has a name.</summary>
    public T Get<T>(IServiceProvider services)
        where T : notnull => name is null ? services.GetRequiredService<T>() : services.GetRequiredKeyedService<T>(name);
}
