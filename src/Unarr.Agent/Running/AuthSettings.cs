using Tomlyn.Model;
using Unarr.CommandLine;

namespace Unarr.Agent.Running;

/// <summary>What the section <c>[auth]</c> of a configuration file says; its other keys are ignored.</summary>
internal sealed class AuthSettings
{
    /// <param name="section">The section; empty where there is none.</param>
    /// <param name="unusable">Makes the error about a key, which names the file.</param>
    /// <exception cref="UsageException">A value is of another type. The message has no value in it.</exception>
    public AuthSettings(TomlTable section, Func<string, string, UsageException> unusable)
    {
        List<string> servers = [];
        foreach (string key in (string[])["api_url", "mirrors"])
        {
            if (section.TryGetValue(key, out object? value))
            {
                servers.AddRange(Texts(value) ?? throw Wrong(key, "a string, or a list of strings"));
            }
        }

        // A file that was written by a program has empty ones.
        Servers = [.. servers.Select(server => server.Trim()).Where(server => server.Length > 0)];
        ApiKey = section.TryGetValue("api_key", out object? apiKey) ? apiKey as string ?? throw Wrong("api_key", "a string") : null;
        ApiKey = string.IsNullOrWhiteSpace(ApiKey) ? null : ApiKey;

        UsageException Wrong(string key, string expected) => unusable(key, $"'{key}' in [auth] must be {expected}.");
    }

    /// <summary>The control plane's address, and those of its mirrors.</summary>
    public IReadOnlyList<string> Servers { get; }

    public string? ApiKey { get; }

    private static IEnumerable<string>? Texts(object? value) => value switch
    {
        string text => [text],
        TomlArray list when list.All(entry => entry is string) => list.Cast<string>(),
        _ => null,
    };
}
