using System.CommandLine;
using System.Net;
using Unarr.CommandLine;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>The proxies that are believed: addresses and networks.</summary>
internal static class ProxyArgument
{
    private const string Name = "--trusted-proxy";

    public static Option<string[]> Option()
    {
        Option<string[]> option = new(Name)
        {
            Description = "A proxy whose X-Forwarded-For and X-Forwarded-Proto count: an address, or a network such as 10.0.0.0/8. "
                + "Repeat it for each.",
            HelpName = "ADDRESS|CIDR",
            Arity = ArgumentArity.OneOrMore,
        };
        option.Validators.Add(static result =>
        {
            foreach (string text in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (!TryParse(text, out _))
                {
                    result.AddError($"{Name}: '{text}' is not an address, or a network such as 10.0.0.0/8.");
                }
            }
        });
        return option;
    }

    public static IReadOnlyList<IPNetwork> Networks(string[]? texts) =>
    [
        .. (texts ?? []).Select(static text => TryParse(text, out IPNetwork network)
            ? network : throw new UsageException($"{Name}: '{text}' is not an address.")),
    ];

    private static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);

        // "10" would be an address too: 0.0.0.10.
        string host = slash < 0 ? text : text[..slash];
        if ((!host.Contains(':', StringComparison.Ordinal) && host.Count(static c => c == '.') != 3)
            || !IPAddress.TryParse(host, out IPAddress? address))
        {
            return false;
        }

        if (slash >= 0)
        {
            return IPNetwork.TryParse(text, out network);
        }

        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
