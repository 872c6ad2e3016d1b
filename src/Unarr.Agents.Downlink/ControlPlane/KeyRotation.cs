using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Knows whether a refused API key still is the one to use: a state that is compared, so that no acceptance is missed, whatever
/// was being read or waited for when it came. It holds digests, never a key. Thread-safe.</summary>
internal sealed class KeyRotation
{
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private readonly Lock _gate = new();
    private UInt128 _accepted;
    private long _changes;
    private long _restorations;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called when a refused key may no longer be the one to use: ask <see cref="IsReplaced"/>.</summary>
    public event Action? Changed;

    /// <summary>Marks a request that is about to be sent.</summary>
    public KeyStamp Stamp(string key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. _salt, .. Encoding.UTF8.GetBytes(key)], digest);
        lock (_gate)
        {
            return new KeyStamp(BinaryPrimitives.ReadUInt128LittleEndian(digest), _changes, _restorations);
        }
    }

    /// <summary>A request was answered: its key is the one to use. What was sent before the last change says nothing new.</summary>
    public void Accepted(in KeyStamp sent)
    {
        lock (_gate)
        {
            if (sent.Changes < _changes || (_changes > 0 && sent.Digest == _accepted))
            {
                return;
            }

            _accepted = sent.Digest;
            _changes++;
        }

        Tell();
    }

    /// <summary>A key that was refused is accepted again, where it had been refused.</summary>
    public void Restored()
    {
        lock (_gate)
        {
            _restorations++;
        }

        Tell();
    }

    /// <summary>Whether another key was accepted since the refused request was sent,
    /// or keys that were refused are accepted again.</summary>
    public bool IsReplaced(in KeyStamp refused)
    {
        lock (_gate)
        {
            return _restorations > refused.Restorations || (_changes > refused.Changes && _accepted != refused.Digest);
        }
    }

    /// <summary>Waits until a refused key is replaced; not at all when it already is.</summary>
    /// <returns>Whether it is; <see langword="false"/> when the time is over.</returns>
    public async Task<bool> ReplacedAsync(KeyStamp refused, TimeSpan within, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        long begun = timeProvider.GetTimestamp();
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            TimeSpan left = within - timeProvider.GetElapsedTime(begun);
            if (IsReplaced(refused) || left <= TimeSpan.Zero)
            {
                return IsReplaced(refused);
            }

            try
            {
                await changed.WaitAsync(left, timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The loop looks a last time.
            }
        }
    }

    private void Tell()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _changed, next).TrySetResult();
        Changed?.Invoke();
    }
}
