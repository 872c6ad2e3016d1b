using System.Net;
using System.Net.Sockets;

namespace Unarr.ControlPlane.Operator;

/// <summary>Sorts clients' addresses into a fixed number of buckets, so that what is kept for each has a bound.</summary>
/// <remarks>
/// An IPv4 address is one client, and so is an IPv6 network of 64 bits, which is what one client usually has. The order of the buckets is
/// another in each process: nobody can choose to share a bucket with somebody else.
/// </remarks>
internal static class ClientAddress
{
    /// <summary>How many buckets there are.</summary>
    public const int Buckets = 4096;

    private const int NetworkBytes = 8;

    /// <returns>From 0 to <see cref="Buckets"/> - 1.</returns>
    public static int BucketOf(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        HashCode hash = default;
        if (address is { IsIPv4MappedToIPv6: true })
        {
            address = address.MapToIPv4();
        }

        if (address?.TryWriteBytes(bytes, out int length) == true)
        {
            hash.AddBytes(bytes[..(address.AddressFamily == AddressFamily.InterNetworkV6 ? NetworkBytes : length)]);
        }

        return (hash.ToHashCode() & int.MaxValue) % Buckets;
    }
}
