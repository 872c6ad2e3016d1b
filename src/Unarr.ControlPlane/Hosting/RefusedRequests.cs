using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Unarr.Agents.Hub.Web;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Logs what the server refuses before it is a request: the server's diagnostic event says it.</summary>
internal sealed class RefusedRequests : IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private readonly PeerFaults _faults;
    private readonly IDisposable _subscription;

    public RefusedRequests(DiagnosticListener diagnostics, PeerFaults faults)
    {
        _faults = faults;
        _subscription = diagnostics.Subscribe(this, static name => name == BadRequest);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is IFeatureCollection features && features.Get<IBadRequestExceptionFeature>()?.Error is { } fault)
        {
            _faults.Report(features.Get<IHttpConnectionFeature>()?.RemoteIpAddress, fault);
        }
    }

    public void OnError(Exception error) => _faults.Report(null, error);

    public void OnCompleted()
    {
        // The listener ends with the application: there is nothing left to note.
    }

    public void Dispose() => _subscription.Dispose();
}
