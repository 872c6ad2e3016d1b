using Microsoft.AspNetCore.Connections;

namespace Unarr.ControlPlane.Connections;

/// <summary>The place of one connection. A request finds it among its features.</summary>
internal sealed class ConnectionPlace : IAdmissionFeature
{
    private readonly ConnectionPlaces _places;
    private readonly ConnectionContext _connection;

    public ConnectionPlace(ConnectionPlaces places, ConnectionContext connection)
    {
        _places = places;
        _connection = connection;
        Node = new LinkedListNode<ConnectionPlace>(this);
    }

    /// <summary>Its place among those that may be closed; guarded by <see cref="ConnectionPlaces"/>, as the next four are.</summary>
    public LinkedListNode<ConnectionPlace> Node { get; }

    /// <summary>When it came, or was without a request again.</summary>
    public long Since { get; set; }

    /// <summary>Whether a request is in progress.</summary>
    public bool IsAsking { get; set; }

    /// <summary>Whether a key was accepted on it.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Whether its connection is closed.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Notes that a request begins.</summary>
    /// <returns>The place of its connection, whose <see cref="End"/> follows; <see langword="null"/> where it has none.</returns>
    public static ConnectionPlace? Begin(HttpContext context)
    {
        var place = context.Features.Get<IAdmissionFeature>() as ConnectionPlace;
        place?._places.Begin(place);
        return place;
    }

    /// <summary>Notes that the request ends.</summary>
    public void End() => _places.End(this);

    /// <summary>The key of a request was accepted: the connection is not closed while the request lasts.</summary>
    public void Admit() => _places.Admit(this);

    public void Leave() => _places.Leave(this);

    public void Close(string why) => _connection.Abort(new ConnectionAbortedException($"The connection was closed: {why}."));
}
