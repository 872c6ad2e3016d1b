using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Unarr.ControlPlane.Connections;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>Which of two connections gives up its place, and when, in virtual time.</summary>
public sealed class PlaceForOneMoreTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionPlaces _places;

    public PlaceForOneMoreTests()
    {
        _places = new ConnectionPlaces(maxConnections: 2, _time, NullLogger<ConnectionPlaces>.Instance);
    }

    [Fact]
    public async Task Stranger_is_closed_when_its_time_is_over_and_not_a_tick_earlier()
    {
        (_, SeatedConnection stranger) = await SeatAsync();
        _time.Advance(ConnectionPlaces.StrangerTime - Tick);
        Assert.False(stranger.IsClosed);
        _time.Advance(Tick);
        Assert.True(stranger.IsClosed);
    }

    [Fact]
    public async Task Stranger_with_a_request_in_progress_is_not_closed_before_its_time_is_over_once_more()
    {
        (ConnectionPlace place, SeatedConnection stranger) = await SeatAsync();
        _places.Begin(place);
        _time.Advance(ConnectionPlaces.StrangerTime);
        Assert.False(stranger.IsClosed);

        _places.End(place);
        _time.Advance(ConnectionPlaces.StrangerTime - Tick);
        Assert.False(stranger.IsClosed);
        _time.Advance(Tick);
        Assert.True(stranger.IsClosed);
    }

    [Fact]
    public async Task Connection_with_a_key_is_never_closed_for_its_age()
    {
        (ConnectionPlace place, SeatedConnection known) = await SeatKnownAsync();
        _places.End(place);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(known.IsClosed);
    }

    [Fact]
    public async Task Stranger_gives_up_its_place_before_an_older_connection_with_a_key_that_rests()
    {
        (ConnectionPlace place, SeatedConnection known) = await SeatKnownAsync();
        _places.End(place);
        _time.Advance(LeastTime);
        (_, SeatedConnection stranger) = await SeatAsync();
        _time.Advance(LeastTime);
        await TakeAsync();
        Assert.Equal((false, true), (known.IsClosed, stranger.IsClosed));
    }

    [Fact]
    public async Task Of_two_strangers_the_older_one_gives_up_its_place()
    {
        (_, SeatedConnection older) = await SeatAsync();
        _time.Advance(Tick);
        (_, SeatedConnection newer) = await SeatAsync();
        _time.Advance(LeastTime);
        await TakeAsync();
        Assert.Equal((true, false), (older.IsClosed, newer.IsClosed));
    }

    [Fact]
    public async Task Without_strangers_the_connection_that_has_rested_longest_gives_up_its_place()
    {
        (ConnectionPlace place, SeatedConnection first) = await SeatKnownAsync();
        (ConnectionPlace other, SeatedConnection second) = await SeatKnownAsync();
        _places.End(other);
        _places.End(place);
        _time.Advance(LeastTime);
        await TakeAsync();
        Assert.Equal((false, true), (first.IsClosed, second.IsClosed));
    }

    [Fact]
    public async Task Stranger_has_250_ms_before_it_gives_up_its_place()
    {
        (_, SeatedConnection stranger) = await SeatAsync();
        await SeatKnownAsync();
        _time.Advance(LeastTime - Tick);
        using CancellationTokenSource givenUp = new();
        Task waiting = _places.TakeAsync(givenUp.Token);
        Assert.False(stranger.IsClosed);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        _time.Advance(Tick);
        await TakeAsync();
        Assert.True(stranger.IsClosed);
    }

    [Fact]
    public async Task Connections_whose_keys_were_accepted_keep_their_places_while_their_requests_last()
    {
        (_, SeatedConnection first) = await SeatKnownAsync();
        (ConnectionPlace place, SeatedConnection second) = await SeatKnownAsync();
        _time.Advance(TimeSpan.FromDays(1));
        using CancellationTokenSource givenUp = new();
        Task waiting = _places.TakeAsync(givenUp.Token);
        Assert.Equal((false, false, false), (first.IsClosed, second.IsClosed, waiting.IsCompleted));

        _places.Leave(place);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _places.Dispose();

    private Task TakeAsync() => _places.TakeAsync(default).WaitAsync(TimeSpan.FromSeconds(30));

    private async Task<(ConnectionPlace Place, SeatedConnection Connection)> SeatAsync()
    {
        await TakeAsync();
        SeatedConnection connection = new();
        ConnectionPlace place = _places.Seat(connection);
        connection.Closed = () => _places.Leave(place);
        return (place, connection);
    }

    private async Task<(ConnectionPlace Place, SeatedConnection Connection)> SeatKnownAsync()
    {
        (ConnectionPlace Place, SeatedConnection Connection) seated = await SeatAsync();
        _places.Begin(seated.Place);
        _places.Admit(seated.Place);
        return seated;
    }

    /// <summary>A connection that leaves its place as soon as it is closed.</summary>
    private sealed class SeatedConnection : DefaultConnectionContext
    {
        public Action Closed { get; set; } = () => { };

        public bool IsClosed { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason)
        {
            IsClosed = true;
            Closed();
        }
    }
}
