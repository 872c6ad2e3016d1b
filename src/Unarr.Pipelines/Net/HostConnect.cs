using System.Net;
using System.Net.Sockets;

namespace Unarr.Pipelines.Net;

/// <summary>Connects to a host by name or address: resolves it, then tries its addresses one after the other, overlapping.</summary>
/// <param name="resolve">Resolves a name.</param>
/// <param name="dial">Connects to one address.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class HostConnect(
    Func<string, Task<IPAddress[]>> resolve, Func<IPEndPoint, CancellationToken, ValueTask<Stream>> dial, TimeProvider timeProvider)
{
    private readonly StaggeredConnect _connect = new(dial, timeProvider);

    /// <summary>Uses the system's resolver and sockets.</summary>
    public static HostConnect System { get; } = new(Dns.GetHostAddressesAsync, DialAsync, TimeProvider.System);

    /// <param name="host">The host and the port.</param>
    /// <param name="cancellationToken">Ends the attempt; a resolver that does not answer holds nothing up then.</param>
    /// <exception cref="SocketException">The name cannot be resolved, or no address accepts the connection.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(host.Host, out IPAddress? literal)
            ? [literal]
            : await ResolveAsync(host.Host, cancellationToken).ConfigureAwait(false);
        return await _connect.ConnectAsync(addresses, host.Port, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<Stream> DialAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        // A lookup that has begun cannot be stopped: it is left behind.
        Task<IPAddress[]> lookup = resolve(name);
        _ = lookup.ContinueWith(
            static ended => ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        IPAddress[] addresses = AddressOrder.Interleave(await lookup.WaitAsync(cancellationToken).ConfigureAwait(false));
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }
}
