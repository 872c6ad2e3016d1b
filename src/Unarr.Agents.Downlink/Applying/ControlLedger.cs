using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink.Applying;

/// <summary>
/// Which controls are settled: "the agent hands each id to the callback once, however often and over whichever route it comes".
/// Remembers every id that no sync has told yet and the last 4,096 told, in a file too if one is given. Thread-safe.
/// </summary>
/// <remarks>The file is written after the callback: a kill between the two applies the control once more.</remarks>
internal sealed class ControlLedger : IDisposable
{
    /// <summary>How many told ids are remembered, and how many a file gives back.</summary>
    public const int Remembered = 4096;

    /// <summary>With so many untold ids no further control is taken.</summary>
    public const int MaxUntold = 4096;

    /// <summary>"A sync lists at most 1,024 ids and 256 KiB as written, each error's text in at most 256 characters."</summary>
    public const int MaxListed = 1024;

    private const int MaxListedBytes = 256 * 1024;
    private const int MaxErrorCharacters = 256;

    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly LedgerFile? _file;

    // Each settled id with its error, null where it was applied; in the order in which they were settled, or told.
    private readonly Dictionary<string, string?> _settled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _untoldIds = new(StringComparer.Ordinal);
    private readonly List<string> _untold = [];
    private readonly List<string> _told = [];

    /// <exception cref="IOException">The file cannot be read or written, or another agent has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read or written.</exception>
    public ControlLedger(string? path, ILogger logger)
    {
        _logger = logger;
        if (path is null)
        {
            return;
        }

        _file = LedgerFile.Open(path);
        foreach (SettledControl control in _file.Read(Remembered, logger))
        {
            Add(control.Id, control.Error);
        }

        LastApplied = _untold.FindLast(id => _settled[id] is null) ?? "";
    }

    /// <summary>The id that was applied last before the start; empty when none was. (One that could not be taken is settled before those
    /// that came ahead of it.)</summary>
    public string LastApplied { get; } = "";

    /// <summary>How many settled ids no sync has told.</summary>
    public int Untold
    {
        get
        {
            lock (_gate)
            {
                return _untold.Count;
            }
        }
    }

    /// <summary>Lists a control that is settled once more: the control plane has delivered it again.</summary>
    /// <returns><see langword="false"/> when it is not settled.</returns>
    public bool ListAgain(string id)
    {
        lock (_gate)
        {
            if (!_settled.ContainsKey(id))
            {
                return false;
            }

            if (_untoldIds.Add(id))
            {
                _told.Remove(id);
                _untold.Add(id);
            }

            return true;
        }
    }

    /// <summary>A control was applied, or, with an error, given up.</summary>
    public void Settle(string id, string? error)
    {
        // Half a character, which an exception's text may hold, cannot be written.
        string? text = error is null ? null : WellFormed(error.Length > MaxErrorCharacters ? Cut(error) : error);
        Func<IEnumerable<SettledControl>> all = AllSettled;
        lock (_gate)
        {
            Add(id, text);
        }

        try
        {
            // Not under the lock: whoever takes controls must not wait for a disk.
            _file?.Append(new SettledControl(id, text), Remembered, all);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            DownlinkLog.LedgerNotWritten(_logger, exception.Message);
        }
    }

    /// <summary>Lists in a sync what no sync has told yet, oldest first, as far as the bounds of one sync go.</summary>
    /// <returns>What was listed, for <see cref="Told"/>.</returns>
    public IReadOnlyList<string> List(SyncRequest request) => List(request, out _);

    /// <param name="request">The sync.</param>
    /// <param name="isCut">Whether there is more than one sync may list.</param>
    public IReadOnlyList<string> List(SyncRequest request, out bool isCut)
    {
        List<string> applied = [];
        List<FailedControl> failed = [];
        List<string> listed = [];
        lock (_gate)
        {
            int bytes = 0;
            isCut = false;
            foreach (string id in _untold)
            {
                string? error = _settled[id];
                bytes += Written(id, error);
                if (listed.Count == MaxListed || bytes > MaxListedBytes)
                {
                    isCut = true;
                    break;
                }

                listed.Add(id);
                if (error is null)
                {
                    applied.Add(id);
                }
                else
                {
                    failed.Add(new FailedControl { Id = id, Error = error });
                }
            }
        }

        request.AppliedControls = applied;
        request.FailedControls = failed.Count > 0 ? failed : null;
        return listed;
    }

    /// <summary>The control plane has taken a sync that listed these.</summary>
    public void Told(IReadOnlyList<string> listed)
    {
        lock (_gate)
        {
            foreach (string id in listed)
            {
                if (_untoldIds.Remove(id))
                {
                    _told.Add(id);
                }
            }

            _untold.RemoveAll(id => !_untoldIds.Contains(id));
            int forgotten = _told.Count - Remembered;
            if (forgotten > 0)
            {
                _told.GetRange(0, forgotten).ForEach(id => _settled.Remove(id));
                _told.RemoveRange(0, forgotten);
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>How many bytes a sync needs for one id: <c>"ID",</c> or <c>{"id":"ID","error":"TEXT"},</c>.</summary>
    private static int Written(string id, string? error) =>
        error is null ? Escaped(id) + 3 : Escaped(id) + Escaped(error) + 21;

    private static int Escaped(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.Length;

    /// <summary>Never between the two halves of one character.</summary>
    private static string Cut(string text) =>
        $"{text.AsSpan(0, char.IsHighSurrogate(text[MaxErrorCharacters - 2]) ? MaxErrorCharacters - 2 : MaxErrorCharacters - 1)}…";

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private void Add(string id, string? error)
    {
        if (_settled.TryAdd(id, error))
        {
            _untoldIds.Add(id);
            _untold.Add(id);
        }
    }

    private SettledControl[] AllSettled()
    {
        lock (_gate)
        {
            return [.. _told.Concat(_untold).Select(id => new SettledControl(id, _settled[id]))];
        }
    }
}
