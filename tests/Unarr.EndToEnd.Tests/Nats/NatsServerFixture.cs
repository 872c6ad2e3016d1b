namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>One server for all tests of a class; none where the program is missing.</summary>
public sealed class NatsServerFixture : IAsyncLifetime
{
    private NatsServer? _server;

    /// <summary>The server, or the end of the test with a word of what it needs.</summary>
    public NatsServer Server
    {
        get
        {
            Needs.Program(NatsServer.Program);
            return _server!;
        }
    }

    public async Task InitializeAsync() => _server = Needs.Has(NatsServer.Program) ? await NatsServer.StartSingleAsync() : null;

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
