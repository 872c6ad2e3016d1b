using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Unarr.ControlPlane.Connections;

/// <summary>A connection that gives its place back once it is closed and its file with it.</summary>
internal sealed class PlacedConnection : ConnectionContext
{
    private readonly ConnectionContext _connection;
    private readonly ConnectionPlace _place;
    private bool _hasLeft;

    public PlacedConnection(ConnectionContext connection, ConnectionPlaces places)
    {
        _connection = connection;
        _place = places.Seat(connection);
        connection.Features.Set<IAdmissionFeature>(_place);
    }

    public override string ConnectionId
    {
        get => _connection.ConnectionId;
        set => _connection.ConnectionId = value;
    }

    public override IFeatureCollection Features => _connection.Features;

    public override IDictionary<object, object?> Items
    {
        get => _connection.Items;
        set => _connection.Items = value;
    }

    public override IDuplexPipe Transport
    {
        get => _connection.Transport;
        set => _connection.Transport = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => _connection.ConnectionClosed;
        set => _connection.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _connection.LocalEndPoint;
        set => _connection.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _connection.RemoteEndPoint;
        set => _connection.RemoteEndPoint = value;
    }

    public override void Abort() => _connection.Abort();

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await base.DisposeAsync().ConfigureAwait(false);
            if (!Interlocked.Exchange(ref _hasLeft, true))
            {
                _place.Leave();
            }
        }
    }
}
