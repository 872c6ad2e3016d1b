using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Unarr.Agents.Hub.Nats;

/// <summary>The buckets and streams of a fleet: what they must be, whether they are there, and making them.</summary>
internal sealed class NatsBuckets(NatsJSContext jetStream, NatsNames names, NatsSettings settings)
{
    /// <summary>Makes sure that all are there.</summary>
    /// <returns>The smallest number of replicas among those that are kept on disk.</returns>
    /// <exception cref="ControlStoreException">One is missing and is not to be made, or cannot be made.</exception>
    public async Task<int> EnsureAsync(CancellationToken cancellationToken)
    {
        List<string> missing = [];
        int replicas = int.MaxValue;
        bool isCluster = !string.IsNullOrEmpty(jetStream.Connection.ServerInfo?.Cluster);
        foreach (StreamConfig config in Configurations(settings.Replicas ?? (isCluster ? 3 : 1)))
        {
            StreamInfo? info = await FindAsync(config.Name!, cancellationToken).ConfigureAwait(false);
            if (info is null && settings.Create)
            {
                info = await MakeAsync(config, cancellationToken).ConfigureAwait(false);
            }

            if (info is null)
            {
                missing.Add(config.Name!);
            }
            else if (info.Config.Storage == StreamConfigStorage.File)
            {
                replicas = Math.Min(replicas, info.Config.NumReplicas);
            }
        }

        return missing.Count == 0 ? replicas : throw new ControlStoreException(
            $"JetStream has no {string.Join(", ", missing)}; what is missing is made at a start that is allowed to (--create)");
    }

    /// <summary>Checks that the bucket of pending controls and the stream of ended ones are there.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (string name in (string[])[NatsNames.StreamOf(names.Pending), names.Ended])
        {
            if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is null)
            {
                throw new ControlStoreException(NatsFailure.Missing(name));
            }
        }
    }

    private IEnumerable<StreamConfig> Configurations(int replicas)
    {
        yield return Bucket(names.Pending, replicas, settings.MaxBytes);
        yield return new StreamConfig(names.Ended, [names.AllEnded])
        {
            MaxMsgsPerSubject = NatsControlStore.MaxEnded,
            Discard = StreamConfigDiscard.Old,
            DuplicateWindow = TimeSpan.FromMinutes(2),
            Storage = StreamConfigStorage.File,
            NumReplicas = replicas,
            MaxBytes = -1,
            MaxMsgs = -1,
        };

        // On disk, though it is forgotten so soon: a server that restarts has lost a stream in memory, and a single one its name as well.
        StreamConfig nodes = Bucket(names.Nodes, replicas, 1024 * 1024);
        nodes.MaxAge = TimeSpan.FromSeconds(60);
        nodes.DuplicateWindow = TimeSpan.FromSeconds(60);
        yield return nodes;
        yield return Bucket(names.Known, replicas, -1);
        yield return Bucket(names.Flags, replicas, -1);
        StreamConfig sessions = Bucket(names.Sessions, replicas, 1024 * 1024);
        sessions.MaxAge = TimeSpan.FromHours(12);
        yield return sessions;
    }

    /// <summary>A stream as the tools of NATS know a key-value bucket.</summary>
    private static StreamConfig Bucket(string name, int replicas, long maxBytes) =>
        new(NatsNames.StreamOf(name), [NatsNames.SubjectOf(name, ">")])
        {
            MaxMsgsPerSubject = 1,
            MaxMsgs = -1,
            MaxBytes = maxBytes,
            Discard = StreamConfigDiscard.New,
            DuplicateWindow = TimeSpan.FromMinutes(2),
            AllowRollupHdrs = true,
            AllowDirect = true,
            DenyDelete = true,
            Storage = StreamConfigStorage.File,
            NumReplicas = replicas,
        };

    private async Task<StreamInfo?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await jetStream.GetStreamAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false)).Info;
        }
        catch (NatsJSApiException exception) when (NatsFailure.IsStreamMissing(exception.Error))
        {
            return null;
        }
    }

    private async Task<StreamInfo> MakeAsync(StreamConfig config, CancellationToken cancellationToken)
    {
        try
        {
            return (await jetStream.CreateStreamAsync(config, cancellationToken).ConfigureAwait(false)).Info;
        }
        catch (NatsJSApiException exception)
        {
            throw new ControlStoreException($"{config.Name} cannot be made: {NatsFailure.TextOf(exception.Error)}", exception);
        }
    }
}
