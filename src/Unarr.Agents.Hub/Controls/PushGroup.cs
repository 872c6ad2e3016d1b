namespace Unarr.Agents.Hub.Controls;

/// <summary>The controls of one agent in a push to many.</summary>
internal sealed record PushGroup(string AgentId, ArraySegment<ControlRecord> Controls)
{
    /// <summary>Takes a push apart by its agents; the controls of one agent follow each other.</summary>
    public static IEnumerable<PushGroup> Of(IReadOnlyList<ControlRecord> controls)
    {
        ControlRecord[] all = controls as ControlRecord[] ?? [.. controls];
        for (int start = 0, end; start < all.Length; start = end)
        {
            end = start + 1;
            while (end < all.Length && all[end].AgentId == all[start].AgentId)
            {
                end++;
            }

            yield return new PushGroup(all[start].AgentId, new ArraySegment<ControlRecord>(all, start, end - start));
        }
    }

    public PushResult Queued(long lastSequence) => new()
    {
        AgentId = AgentId,
        Status = PushStatus.Queued,
        ControlIds = [.. Controls.Select(control => control.Id)],
        LastSequence = lastSequence,
    };

    public PushResult Refused(string why) => new() { AgentId = AgentId, Status = PushStatus.Full, Error = why };
}
