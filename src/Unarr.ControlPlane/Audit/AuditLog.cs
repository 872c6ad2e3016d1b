using System.Diagnostics.Metrics;
using System.Text.Json;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Observing;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Audit;

/// <summary>What operators did: the last entries in memory, and all of them in a file where there is one. Any thread.</summary>
/// <remarks>
/// An entry is in the file before <see cref="Add"/> returns. A file that cannot be written fails nothing: it is one line in the log and a
/// count in the metrics, until it can be written again. Anybody can cause refused sign-ins, so these are at most one entry in ten
/// seconds, and push no other entry out of memory.
/// </remarks>
internal sealed class AuditLog : IDisposable
{
    /// <summary>How many entries are kept in memory.</summary>
    public const int MaxEntries = 1000;

    /// <summary>How many refused sign-ins are kept besides.</summary>
    public const int MaxRefusedEntries = 200;

    private static readonly TimeSpan RefusedGap = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Queue<AuditEntry> _entries = new();
    private readonly Queue<AuditEntry> _refused = new();
    private readonly AuditFile? _file;
    private readonly ILogger<AuditLog> _logger;
    private readonly Counter<long> _failures;
    private readonly ITimer _refusedTimer;
    private AuditEntry? _lastRefused;
    private int _untoldRefused;
    private bool _isPausing;
    private long _lost;

    /// <param name="file">The file; <see langword="null"/> for none. The caller disposes it.</param>
    /// <param name="meters">Makes the instrument.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where the log goes.</param>
    public AuditLog(AuditFile? file, IMeterFactory meters, TimeProvider time, ILogger<AuditLog> logger)
    {
        _file = file;
        _logger = logger;
        _failures = meters.Create(HubInstruments.MeterName).CreateCounter<long>(
            "unarr.controlplane.audit.failures", "{entry}", "Entries of the audit log that its file did not take.");
        _refusedTimer = time.CreateTimer(
            static log => ((AuditLog)log!).EndPause(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        ReadFile();
    }

    /// <summary>Whether there is a file.</summary>
    public bool HasFile => _file is not null;

    /// <summary>Adds an entry.</summary>
    public void Add(AuditEntry entry)
    {
        lock (_gate)
        {
            if (entry.Action != AuditAction.SignInRefused)
            {
                Keep(entry);
                Write(entry);
            }
            else if (_isPausing)
            {
                _lastRefused = entry;
                _untoldRefused++;
            }
            else
            {
                AddRefused(entry);
            }
        }
    }

    /// <summary>The last entries, newest first.</summary>
    public IReadOnlyList<AuditEntry> Last(int count)
    {
        lock (_gate)
        {
            return [.. _entries.Concat(_refused).Reverse().OrderByDescending(static entry => entry.At).Take(count)];
        }
    }

    public void Dispose()
    {
        _refusedTimer.Dispose();
        EndPause();
    }

    private void ReadFile()
    {
        try
        {
            foreach (AuditEntry entry in _file?.ReadLast(MaxEntries) ?? [])
            {
                Keep(entry);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ControlPlaneLog.AuditUnread(_logger, Printable.Text(exception.Message));
        }
    }

    private void EndPause()
    {
        lock (_gate)
        {
            _isPausing = false;
            if (_lastRefused is { } entry)
            {
                int times = _untoldRefused;
                (_lastRefused, _untoldRefused) = (null, 0);
                AddRefused(times == 1 ? entry : entry with { Times = times });
            }
        }
    }

    private void AddRefused(AuditEntry entry)
    {
        _isPausing = _refusedTimer.Change(RefusedGap, Timeout.InfiniteTimeSpan);
        Keep(entry);
        Write(entry);
    }

    private void Keep(AuditEntry entry)
    {
        (Queue<AuditEntry> queue, int bound) =
            entry.Action == AuditAction.SignInRefused ? (_refused, MaxRefusedEntries) : (_entries, MaxEntries);
        queue.Enqueue(entry);
        if (queue.Count > bound)
        {
            queue.Dequeue();
        }
    }

    private void Write(AuditEntry entry)
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            _file.Write(JsonSerializer.SerializeToUtf8Bytes(entry, AuditJsonContext.Default.AuditEntry));
            if (_lost > 0)
            {
                ControlPlaneLog.AuditWorks(_logger, _lost);
                _lost = 0;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _failures.Add(1);
            if (_lost++ == 0)
            {
                ControlPlaneLog.AuditFailed(_logger, Printable.Text(exception.Message));
            }
        }
    }
}
