using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Unarr.ControlPlane.Connections;

/// <summary>Accepts a connection once there is a place for it; until then it waits in the system's queue.</summary>
internal sealed class BoundedListener(IConnectionListener listener, ConnectionPlaces places) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();

    public EndPoint EndPoint => listener.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(_unbound.Token, cancellationToken);
        try
        {
            await places.TakeAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
        {
            // "null: the listener has stopped."
            return null;
        }

        ConnectionContext? connection = null;
        try
        {
            connection = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            return connection is null ? null : new PlacedConnection(connection, places);
        }
        finally
        {
            if (connection is null)
            {
                places.Leave();
            }
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync().ConfigureAwait(false);
        await listener.UnbindAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync().ConfigureAwait(false);
        _unbound.Dispose();
    }
}
