using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Web;

/// <summary>Logs what is wrong with peers' requests: short lines without a stack, at most one a second.</summary>
/// <remarks>Those that the server refuses before they are requests are told by its diagnostic event.</remarks>
internal sealed partial class PeerFaults : IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private readonly ILogger<PeerFaults> _logger;
    private readonly RatedLine _line;
    private readonly IDisposable _subscription;

    public PeerFaults(DiagnosticListener diagnostics, TimeProvider time, ILogger<PeerFaults> logger)
    {
        _logger = logger;
        _line = new RatedLine(LogFault, time);
        _subscription = diagnostics.Subscribe(this, static name => name == BadRequest);
    }

    /// <summary>Notes a request that could not be read.</summary>
    /// <param name="address">Where it came from.</param>
    /// <param name="fault">What is wrong with it.</param>
    public void Report(IPAddress? address, Exception fault) => _line.Write($"{address}: {Printable.Text(fault.Message)}");

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is IFeatureCollection features && features.Get<IBadRequestExceptionFeature>()?.Error is { } fault)
        {
            Report(features.Get<IHttpConnectionFeature>()?.RemoteIpAddress, fault);
        }
    }

    public void OnError(Exception error) => _line.Write(Printable.Text(error.Message));

    public void OnCompleted()
    {
        // The listener ends with the application: there is nothing left to note.
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _line.Dispose();
    }

    [LoggerMessage(3, LogLevel.Information, "Malformed request from {Fault} ({Count} since the last such line)")]
    private partial void LogFault(string fault, int count);
}
