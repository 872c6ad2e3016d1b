using System.Net;

namespace Unarr.Pipelines.Net;

/// <summary>The order in which a host's addresses are tried.</summary>
internal static class AddressOrder
{
    /// <summary>Alternates between the address families, and keeps the resolver's order within each; each address occurs once.</summary>
    /// <param name="addresses">The addresses in the resolver's order.</param>
    public static IPAddress[] Interleave(IReadOnlyCollection<IPAddress> addresses)
    {
        // RFC 8305, section 4: "if the first address is IPv6, then the first IPv4 address is second, and so forth".
        IPAddress[][] families = [.. addresses.Distinct().GroupBy(address => address.AddressFamily).Select(family => family.ToArray())];
        return
        [
            .. from rank in Enumerable.Range(0, families.Select(family => family.Length).DefaultIfEmpty().Max())
               from family in families
               where rank < family.Length
               select family[rank],
        ];
    }
}
