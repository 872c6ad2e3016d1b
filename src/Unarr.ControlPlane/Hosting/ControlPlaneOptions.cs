using System.Net;
using System.Net.Security;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.Hosting;

/// <summary>How a control plane runs.</summary>
internal sealed record ControlPlaneOptions
{
    /// <summary>Who may speak.</summary>
    public required ApiKeys Keys { get; init; }

    /// <summary>Where it listens: http, or https where there is a certificate; port 0 is one that is free. Default: loopback,
    /// any free port.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:0"];

    /// <summary>The certificate of https addresses, asked for at each connection. Default: none.</summary>
    public Func<SslStreamCertificateContext>? Certificate { get; init; }

    /// <summary>The proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count. Default: none.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>How often each stream gets a comment. Default: 15 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a poll is held when nothing comes. Default: 28 s.</summary>
    public TimeSpan WakeHold { get; init; } = TimeSpan.FromSeconds(28);

    /// <summary>How many controls an agent may have pending. Default: 1,024.</summary>
    public int QueueLimit { get; init; } = ControlCommand.MaxControls;

    /// <summary>How many of the controls that ended last are kept of each agent. A <see cref="Store"/> has a bound of its own.
    /// Default: 64.</summary>
    public int History { get; init; } = ControlStore.MinEnded;

    /// <summary>The largest request body, in bytes. Default: 1 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1024 * 1024;

    /// <summary>How many connections may be open. Default: as many as the limit of open files leaves room for.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>How long stopping may take before what is still open is cut. Default: 3 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Where controls are kept. Default: in memory, one store for each <see cref="ControlPlaneHost"/>.</summary>
    public ControlStore? Store { get; init; }

    /// <summary>The store that this control plane shares with others, in place of <see cref="Store"/>. Default: none.</summary>
    public NatsStore? Nats { get; init; }

    /// <summary>The audit log's file; its owner disposes it after the host has stopped. Default: none.</summary>
    public AuditFile? Audit { get; init; }

    /// <summary>How long streams take to end at a stop, where others share the store. Default: 10 s.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of heartbeats, holds and times shown. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where logs go. Default: nowhere.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }
}
