using System.Globalization;
using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>One entry of <c>no_proxy</c>: a domain, an address or a block of addresses, each with or without a port; or <c>*</c>.</summary>
internal sealed class NoProxyEntry
{
    private readonly string _domain;
    private readonly IPAddress? _address;
    private readonly int _prefixBits;
    private readonly int? _port;

    /// <param name="text">The entry, without white space around it.</param>
    public NoProxyEntry(string text)
    {
        (string host, _port) = Split(text);
        int slash = host.LastIndexOf('/');
        string address = slash < 0 ? host : host[..slash];
        if (IPAddress.TryParse(address.Trim('[', ']'), out IPAddress? parsed))
        {
            _address = Plain(parsed);
            int all = _address.GetAddressBytes().Length * 8;
            _prefixBits = slash < 0 ? all : Prefix(host.AsSpan(slash + 1), all);
        }

        // ".example.com", "*.example.com" and "example.com" are the domain and what is under it.
        string domain = host.StartsWith("*.", StringComparison.Ordinal) ? host[1..] : host;
        _domain = domain.Trim('.');
    }

    /// <summary>Whether a URL's host, and its port where the entry has one, are this entry's.</summary>
    public bool Matches(Uri uri)
    {
        if (_port is { } port && port != uri.Port)
        {
            return false;
        }

        if (_domain == "*")
        {
            return true;
        }

        return IPAddress.TryParse(uri.IdnHost, out IPAddress? target)
            ? IsInBlock(Plain(target))
            : IsUnder(uri.IdnHost) || IsUnder(uri.Host);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static int Prefix(ReadOnlySpan<char> text, int all) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits <= all ? bits : -1;

    /// <summary>Takes a port off: "host:1", "10.0.0.1:1", "[::1]:1"; "::1" has none.</summary>
    private static (string Host, int? Port) Split(string text)
    {
        int colon = text.LastIndexOf(':');
        bool isPort = colon > text.LastIndexOf(']') && (colon == text.IndexOf(':', StringComparison.Ordinal) || text[0] == '[');
        return isPort && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? (text[..colon], port)
            : (text, null);
    }

    private bool IsUnder(string host)
    {
        ReadOnlySpan<char> name = host.AsSpan().TrimEnd('.');
        return _domain.Length > 0 && name.EndsWith(_domain, StringComparison.OrdinalIgnoreCase)
            && (name.Length == _domain.Length || name[^(_domain.Length + 1)] == '.');
    }

    private bool IsInBlock(IPAddress target)
    {
        if (_address is null || _prefixBits < 0 || target.AddressFamily != _address.AddressFamily)
        {
            return false;
        }

        byte[] block = _address.GetAddressBytes();
        byte[] bytes = target.GetAddressBytes();
        int whole = _prefixBits / 8;
        int shift = 8 - (_prefixBits % 8);
        return block.AsSpan(0, whole).SequenceEqual(bytes.AsSpan(0, whole))
            && (shift == 8 || block[whole] >> shift == bytes[whole] >> shift);
    }
}
