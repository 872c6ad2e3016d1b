using System.Text.Json;
using Microsoft.Extensions.Logging;
using Unarr.Agent.Connecting;
using Unarr.Agent.Output;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;

namespace Unarr.Agent.Running;

/// <summary>A file that says how the agent is, for whoever watches it: replaced as a whole every 10 s, and at each change.</summary>
/// <param name="path">The file.</param>
/// <param name="agentId">The agent's id.</param>
/// <param name="version">The agent's version.</param>
/// <param name="status">Returns the downlink's status.</param>
/// <param name="logger">Where the log has a line when the file cannot be written.</param>
/// <param name="time">The clock.</param>
internal sealed class HealthFile(
    string path, string agentId, string version, Func<DownlinkStatus> status, ILogger logger, TimeProvider time)
{
    /// <summary>How often the file is replaced when nothing changes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // A burst of changes is one.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private readonly string _next = $"{path}.tmp";
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private bool _failed;

    /// <summary>A control has come, and is not settled yet.</summary>
    public void Began()
    {
        Interlocked.Increment(ref _pending);
        Change();
    }

    /// <summary>A control is settled.</summary>
    public void Done()
    {
        Interlocked.Decrement(ref _pending);
        Change();
    }

    /// <summary>Something else has changed.</summary>
    public void Change() => Volatile.Read(ref _changed).TrySetResult();

    /// <summary>Writes the file for the first time.</summary>
    /// <exception cref="Unarr.CommandLine.UsageException">It cannot be written.</exception>
    public void Start()
    {
        try
        {
            Replace();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable.For($"Cannot write the health file '{path}': {Unreadable.Reason(path, exception)}", exception);
        }
    }

    /// <summary>Replaces the file until the end, and once more then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await WaitAsync(cancellationToken).ConfigureAwait(false);
            TryReplace();
        }
    }

    /// <summary>Says for the last time how the agent is.</summary>
    public void End() => TryReplace();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Shortest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _changed.Task.WaitAsync(Interval - Shortest, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Before it is written: what changes from now on is written again.
        Volatile.Write(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private void TryReplace()
    {
        try
        {
            Replace();
            _failed = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
            {
                _failed = true;
                AgentLog.HealthUnwritten(logger, path, Unreadable.Reason(path, exception));
            }
        }
    }

    private void Replace()
    {
        File.WriteAllBytes(_next, Content());
        File.Move(_next, path, overwrite: true);
    }

    private byte[] Content()
    {
        DownlinkStatus now = status();
        return JsonLine.Of(json =>
        {
            json.WriteString("at"u8, time.GetUtcNow());
            json.WriteString("version"u8, version);
            JsonLine.Text(json, "agentId", agentId);
            json.WriteNumber("pid"u8, Environment.ProcessId);
            json.WriteString("route"u8, DownlinkWords.Of(now.Routes));
            json.WriteString("state"u8, DownlinkWords.Of(now.State));
            json.WriteString("since"u8, now.Since);
            JsonLine.Text(json, "mirror", now.Server is { } mirror ? EventNames.Of(mirror).ToString() : null);
            JsonLine.Text(json, "reason", now.Reason);
            Time(json, "lastSync", now.LastSync);
            Time(json, "lastFrame", now.LastFrame);
            JsonLine.Text(json, "lastError", now.LastError);
            json.WriteNumber("pendingWork"u8, Volatile.Read(ref _pending));
        });
    }

    private static void Time(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } time)
        {
            json.WriteString(name, time);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
