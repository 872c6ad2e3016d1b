using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>
/// Which controls were applied: "the agent hands each id to the callback once, however often and over whichever route it comes".
/// Remembers the last 4,096 ids, in a file too if one is given.
/// </summary>
/// <remarks>The file is written after the callback: a kill between the two applies the control once more.</remarks>
internal sealed class ControlLedger
{
    public const int Remembered = 4096;
    private const int Tries = 3;

    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly LedgerFile? _file;

    // In the order in which they were settled, oldest first.
    private readonly Queue<string> _order = new();
    private readonly Dictionary<string, string?> _settled = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    // What the control plane has not been told yet.
    private readonly HashSet<string> _unacknowledged = new(StringComparer.Ordinal);

    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">Neither may it be.</exception>
    public ControlLedger(string? path, ILogger logger)
    {
        _logger = logger;
        if (path is null)
        {
            return;
        }

        _file = new LedgerFile(path);
        _file.ThrowIfNotWritable();
        foreach (SettledControl control in _file.Read(logger))
        {
            Settle(control.Id, control.Error);
        }
    }

    /// <summary>Whether a control is to be applied; one that is settled is acknowledged once more instead.</summary>
    public bool IsDue(ControlAction control)
    {
        if (control.Id is not { } id)
        {
            return true;
        }

        lock (_gate)
        {
            if (!_settled.ContainsKey(id))
            {
                return true;
            }

            _unacknowledged.Add(id);
            return false;
        }
    }

    /// <summary>The control was applied.</summary>
    public void Applied(ControlAction control)
    {
        if (control.Id is { } id)
        {
            Record(new SettledControl(id, null));
        }
    }

    /// <summary>"A callback that fails is tried again at the next delivery, three times in all; then it is listed as failed."</summary>
    public void Failed(ControlAction control, string error)
    {
        if (control.Id is not { } id)
        {
            return;
        }

        lock (_gate)
        {
            int failures = _failures.GetValueOrDefault(id) + 1;
            if (failures < Tries)
            {
                // A peer that never delivers again must not make this grow.
                if (_failures.Count >= Remembered)
                {
                    _failures.Clear();
                }

                _failures[id] = failures;
                return;
            }
        }

        Record(new SettledControl(id, error));
    }

    /// <summary>Lists in a sync what was settled since the last one that got through.</summary>
    /// <returns>What was listed, for <see cref="Told"/>.</returns>
    public IReadOnlyList<string> List(SyncRequest request)
    {
        lock (_gate)
        {
            string[] listed = [.. _unacknowledged];
            request.AppliedControls = [.. listed.Where(id => _settled[id] is null)];
            FailedControl[] failed = [.. from id in listed let error = _settled[id] where error is not null select new FailedControl { Id = id, Error = error }];
            request.FailedControls = failed.Length > 0 ? failed : null;
            return listed;
        }
    }

    /// <summary>The control plane has taken a sync that listed these.</summary>
    public void Told(IReadOnlyList<string> listed)
    {
        lock (_gate)
        {
            _unacknowledged.ExceptWith(listed);
        }
    }

    private void Record(SettledControl control)
    {
        lock (_gate)
        {
            _failures.Remove(control.Id);
            Settle(control.Id, control.Error);
            try
            {
                _file?.Append(control, _order.Count, () => _order.Select(id => new SettledControl(id, _settled[id])));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                DownlinkLog.LedgerNotWritten(_logger, exception.Message);
            }
        }
    }

    private void Settle(string id, string? error)
    {
        if (_settled.TryAdd(id, error))
        {
            _order.Enqueue(id);
            if (_order.Count > Remembered)
            {
                string oldest = _order.Dequeue();
                _settled.Remove(oldest);
                _unacknowledged.Remove(oldest);
            }
        }

        _unacknowledged.Add(id);
    }
}
