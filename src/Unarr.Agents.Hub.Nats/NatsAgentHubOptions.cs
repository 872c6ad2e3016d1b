namespace Unarr.Agents.Hub.Nats;

/// <summary>How a hub uses NATS. It is copied and checked when the host starts.</summary>
public sealed class NatsAgentHubOptions
{
    /// <summary>Whether missing buckets and streams are made at the start. Default: no, because a missing one may have been deleted by
    /// mistake; set it once, for the first start.</summary>
    public bool Create { get; set; }

    /// <summary>The file with this node's credentials for NATS; <see langword="null"/> for none.</summary>
    public string? CredentialsFile { get; set; }

    /// <summary>The file with the certificate authority of the servers, in PEM; <see langword="null"/> for the system's. With it the
    /// connection is encrypted in any case; without it where an address begins with <c>tls://</c> or the server demands it.</summary>
    public string? CaFile { get; set; }

    /// <summary>How many servers keep what is made with <see cref="Create"/>; 1 to 5. Default: 3 on a cluster, 1 on a single
    /// server.</summary>
    public int? Replicas { get; set; }

    /// <summary>How many bytes the pending controls of all agents may take on each server, and about as much in each node's memory; from
    /// 1 MiB. It counts when they are made. Default: 512 MiB.</summary>
    public long MaxBytes { get; set; } = 512 * 1024 * 1024;

    /// <summary>The monitoring addresses of the servers, such as <c>http://10.0.0.1:8222,http://10.0.0.2:8222</c>;
    /// <see langword="null"/> for none. Each is asked once, at the start, whether its server syncs every write: over NATS no server says
    /// it. The log's line of the start has the answer, and a warning where a loss of power may lose what was acknowledged. Default:
    /// none.</summary>
    public string? MonitorAddresses { get; set; }

    /// <summary>What the names of all buckets, streams and subjects begin with: letters, digits, <c>-</c> and <c>_</c>. Fleets that share
    /// a NATS account need one each. Default: <c>unarr</c>.</summary>
    public string Prefix { get; set; } = "unarr";

    /// <summary>The name of this node, which no other node has. Default: the machine's name and a random suffix.</summary>
    public string? NodeName { get; set; }
}
