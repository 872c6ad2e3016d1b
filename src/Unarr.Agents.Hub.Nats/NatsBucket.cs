using System.Collections.Concurrent;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Unarr.Agents.Hub.Nats;

/// <summary>A small bucket: written without an expected revision, and read from this node's copy.</summary>
internal sealed class NatsBucket
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, BucketValue> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NatsJSContext _jetStream;
    private readonly string _name;
    private readonly BucketWatch _watch;

    public NatsBucket(NatsJSContext jetStream, string name, ILogger logger)
    {
        _jetStream = jetStream;
        _name = name;
        _watch = new BucketWatch(jetStream, name, See, CaughtUp, logger) { BeganAgain = BeginAgain };
    }

    /// <summary>Is called with a key whose value has changed here.</summary>
    public Action<string>? Changed { get; set; }

    public IEnumerable<KeyValuePair<string, BucketValue>> All => _values;

    public BucketValue? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>Is complete when all that was in the bucket is known here.</summary>
    public Task Whole => _whole.Task;

    public Task RunAsync(CancellationToken cancellationToken) => _watch.RunAsync(cancellationToken);

    /// <exception cref="ControlStoreException">It is not known whether it is stored.</exception>
    public Task PutAsync(string key, byte[] value, CancellationToken cancellationToken) =>
        WriteAsync(key, value, new NatsHeaders(), cancellationToken);

    /// <exception cref="ControlStoreException">It is not known whether it is deleted.</exception>
    public Task DeleteAsync(string key, CancellationToken cancellationToken) => WriteAsync(
        key, [], new NatsHeaders { [BucketEntry.OperationHeader] = "PURGE", ["Nats-Rollup"] = "sub" }, cancellationToken);

    private async Task WriteAsync(string key, byte[] value, NatsHeaders headers, CancellationToken cancellationToken)
    {
        using CancellationTokenSource answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        answer.CancelAfter(AnswerTime);
        bool isDeletion = headers.ContainsKey(BucketEntry.OperationHeader);
        NatsResult<PubAckResponse> result;
        try
        {
            result = await _jetStream.TryPublishAsync(
                NatsNames.SubjectOf(_name, key), value, opts: new NatsJSPubOpts { RetryAttempts = 1 }, headers: headers,
                cancellationToken: answer.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (NatsFailure.IsSilence(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlStoreException(NatsFailure.NotReached, exception);
        }

        if (!result.Success || result.Value.Error is not null)
        {
            throw new ControlStoreException(
                result.Success ? NatsFailure.Explain(result.Value.Error!) : NatsFailure.NotReached, result.Success ? null : result.Error);
        }

        See(new BucketEntry(key, result.Value.Seq, value, isDeletion, DateTimeOffset.MinValue, static _ => null));
    }

    private void See(BucketEntry entry)
    {
        _seen.Add(entry.Key);
        BucketValue value = new(entry.Revision, entry.IsDeleted ? null : entry.Value, System.Diagnostics.Stopwatch.GetTimestamp());
        BucketValue now = _values.AddOrUpdate(
            entry.Key, static (_, added) => added, static (_, known, added) => added.Revision > known.Revision ? added : known, value);
        if (now == value)
        {
            Changed?.Invoke(entry.Key);
        }
    }

    /// <summary>Whatever is read from now on is newer than what is known.</summary>
    private void BeginAgain()
    {
        foreach ((string key, BucketValue value) in _values)
        {
            _values.TryUpdate(key, value with { Revision = 0 }, value);
        }
    }

    private void CaughtUp(bool wasFull)
    {
        foreach ((string key, BucketValue value) in _values)
        {
            if (wasFull && !_seen.Contains(key) && _values.TryRemove(new KeyValuePair<string, BucketValue>(key, value)))
            {
                Changed?.Invoke(key);
            }
        }

        _seen.Clear();
        _whole.TrySetResult();
    }
}
