using Microsoft.Extensions.Primitives;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Web;

/// <summary>Reads what agents say of the controls that they have.</summary>
internal static class Acknowledgements
{
    /// <summary>"A sync lists at most 1,024 ids."</summary>
    public const int MaxIds = 1024;

    private const string AfterHeader = "Unarr-After";

    /// <summary>The last control that the agent has taken in, empty when none; <see langword="null"/> when it does not say it.</summary>
    public static string? After(HttpRequest request)
    {
        StringValues values = request.Headers[AfterHeader];
        if (values.Count == 0)
        {
            return null;
        }

        // What is no id of ours is the id of no pending control.
        string after = (values[^1] ?? "").Trim();
        return after.Length <= Control.MaxStringBytes ? after : "";
    }

    /// <summary>"A sync with that header, or with an <c>appliedControls</c> member, acknowledges."</summary>
    public static SyncManner MannerOf(string? after, SyncRequest request) =>
        new(after, after is not null || request.AppliedControls is not null || request.FailedControls is not null);

    /// <summary>What a sync says of controls, each id once.</summary>
    /// <exception cref="RequestException">It lists more than <see cref="MaxIds"/> ids.</exception>
    public static IReadOnlyCollection<ControlUpdate> UpdatesOf(SyncRequest request, DateTimeOffset at)
    {
        int count = (request.AppliedControls?.Count ?? 0) + (request.FailedControls?.Count ?? 0);
        if (count > MaxIds)
        {
            throw new RequestException(
                StatusCodes.Status400BadRequest,
                $"The sync lists {count} ids in \"appliedControls\" and \"failedControls\": at most {MaxIds} may be listed.");
        }

        Dictionary<string, ControlUpdate> updates = new(StringComparer.Ordinal);
        foreach (string? id in request.AppliedControls ?? [])
        {
            Add(updates, id, ControlState.Applied, at, null);
        }

        foreach (FailedControl? failed in request.FailedControls ?? [])
        {
            Add(updates, failed?.Id, ControlState.Failed, at, Shorten.Text(failed?.Error));
        }

        return updates.Values;
    }

    private static void Add(
        Dictionary<string, ControlUpdate> updates, string? id, ControlState state, DateTimeOffset at, string? error)
    {
        if (id is { Length: > 0 and <= Control.MaxStringBytes })
        {
            updates.TryAdd(id, new ControlUpdate { ControlId = id, State = state, At = at, Error = error });
        }
    }
}
